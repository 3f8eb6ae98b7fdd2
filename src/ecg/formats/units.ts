/** Units of voltage as files write them. */

const MILLIVOLTS_PER_UNIT: Readonly<Record<string, number>> = {
  mV: 1,
  mv: 1,
  MV: 1,
  uV: 1e-3,
  uv: 1e-3,
  UV: 1e-3,
  µV: 1e-3,
  μV: 1e-3,
  nV: 1e-6,
  V: 1e3,
};

/** Millivolts that one of the unit is; null where it is no voltage. */
export function millivoltsPerUnit(unit: string): number | null {
  const name = unit.trim();
  return Object.hasOwn(MILLIVOLTS_PER_UNIT, name) ? MILLIVOLTS_PER_UNIT[name]! : null;
}
