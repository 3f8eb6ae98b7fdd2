/** One written form of a person's name, so that the same person reads the same whatever file the name came from. */

export interface NameParts {
  family?: string;
  given?: string;
  middle?: string;
}

/** "Family, Given Middle"; what is missing leaves no comma. A name that no part is known of is left to the caller. */
export function writtenName({ family = '', given = '', middle = '' }: NameParts): string {
  const after = [given, middle].map((part) => part.trim()).filter((part) => part !== '');
  return [family.trim(), after.join(' ')].filter((part) => part !== '').join(', ');
}
