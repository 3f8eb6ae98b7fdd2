/** One line of the bench: a figure, what it is held to, and the rates that it comes from. */

export interface Row {
  name: string;
  value: number;
  unit: string;
  /** Null: reported only. */
  target: { bound: 'at least' | 'at most'; value: number } | null;
  holds: boolean | null;
  /** What was measured, each with its unit in its name. */
  measured: Record<string, number | string>;
}

export function row(
  name: string,
  value: number,
  unit: string,
  target: Row['target'],
  measured: Row['measured'],
): Row {
  const holds =
    target === null ? null : target.bound === 'at least' ? value >= target.value : value <= target.value;
  return { name, value: rounded(value), unit, target, holds, measured: mapped(measured) };
}

/** Four digits say all that a timing knows. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function mapped(measured: Row['measured']): Row['measured'] {
  return Object.fromEntries(
    Object.entries(measured).map(([name, value]) => [
      name,
      typeof value === 'number' ? rounded(value) : value,
    ]),
  );
}

export const atLeast = (value: number) => ({ bound: 'at least' as const, value });
export const atMost = (value: number) => ({ bound: 'at most' as const, value });
