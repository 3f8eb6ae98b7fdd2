/** Speed of a lead. */

/** Magnitude of the slope over twice `reachSeconds`, millivolts a second, one value a sample. */
export function velocityOf(lead: Float32Array, samplingRateHz: number, reachSeconds: number): Float32Array {
  const step = Math.max(1, Math.round(reachSeconds * samplingRateHz));
  return Float32Array.from(lead, (_, i) => {
    const [from, to] = [Math.max(0, i - step), Math.min(lead.length - 1, i + step)];
    return (Math.abs(lead[to]! - lead[from]!) / (to - from)) * samplingRateHz;
  });
}

/** Root of the sum of squares over leads, sample by sample. */
export function togetherOf(velocities: readonly Float32Array[]): Float32Array {
  return Float32Array.from(velocities[0] ?? [], (_, i) =>
    Math.sqrt(velocities.reduce((sum, lead) => sum + lead[i]! * lead[i]!, 0)),
  );
}
