/** How alike two images are to a network: the angle between their embeddings. */

/** Cosine of the angle, -1 to 1; 0 where one of them is the zero vector or their lengths differ. */
export function cosineSimilarity(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return 0;
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squaresA += a[i]! * a[i]!;
    squaresB += b[i]! * b[i]!;
  }
  const length = Math.sqrt(squaresA * squaresB);
  return length === 0 ? 0 : Math.max(-1, Math.min(1, product / length));
}
