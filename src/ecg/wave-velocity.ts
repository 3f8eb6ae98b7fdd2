/** Speed of a lead. */

/** Magnitude of the slope over twice `reachSeconds`, millivolts a second, one value a sample. */
export function velocityOf(lead: Float32Array, samplingRateHz: number, reachSeconds: number): Float32Array {
  const step = Math.max(1, Math.round(reachSeconds * samplingRateHz));
  const velocity = new Float32Array(lead.length);
  for (let i = 0; i < velocity.length; i++) {
    const from = Math.max(0, i - step);
    const to = Math.min(lead.length - 1, i + step);
    velocity[i] = (Math.abs(lead[to]! - lead[from]!) / (to - from)) * samplingRateHz;
  }
  return velocity;
}

/** Root of the sum of squares over leads, sample by sample. */
export function togetherOf(velocities: readonly Float32Array[]): Float32Array {
  const squares = new Float64Array(velocities[0]?.length ?? 0);
  for (const lead of velocities) {
    for (let i = 0; i < squares.length; i++) squares[i]! += lead[i]! * lead[i]!;
  }
  return Float32Array.from(squares, Math.sqrt);
}
