/** What is wrong with a new passphrase; null where nothing is. */
export const SHORTEST_PASSPHRASE = 8;

export function passphraseFault(passphrase: string): string | null {
  if (passphrase.length < SHORTEST_PASSPHRASE) return `At least ${SHORTEST_PASSPHRASE} characters.`;
  if (new Set(passphrase).size < 4) return 'Too few different characters.';
  return null;
}

export function repeatFault(passphrase: string, repeat: string): string | null {
  return passphrase === repeat ? null : 'Not the same as above.';
}
