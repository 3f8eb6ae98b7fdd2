/** What a pair of calipers measures. */
export interface Calipers {
  fromSeconds: number;
  toSeconds: number;
  /** Millivolts relative to the baseline of the lead they stand on. */
  fromMillivolts: number;
  toMillivolts: number;
  /** Row of the strip, counted from the top. */
  lane: number;
}

export interface CaliperReading {
  milliseconds: number;
  millivolts: number;
  /** Rate if the stretch is one RR interval; null for a stretch too short to be one. */
  bpm: number | null;
}

export function caliperReading(calipers: Calipers): CaliperReading {
  const seconds = Math.abs(calipers.toSeconds - calipers.fromSeconds);
  return {
    milliseconds: Math.round(seconds * 1000),
    millivolts: calipers.toMillivolts - calipers.fromMillivolts,
    bpm: seconds < 0.1 ? null : 60 / seconds,
  };
}

export function caliperText(calipers: Calipers): string {
  const { milliseconds, millivolts, bpm } = caliperReading(calipers);
  const sign = millivolts < 0 ? '−' : '+';
  const parts = [`${milliseconds} ms`, `${sign}${Math.abs(millivolts).toFixed(2)} mV`];
  if (bpm !== null) parts.push(`${bpm.toFixed(0)} bpm`);
  return parts.join(' · ');
}
