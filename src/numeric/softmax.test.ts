import { expect, test } from 'vitest';
import { softmax } from './softmax.ts';

test('softmax is exp(logit / temperature) over its sum', () => {
  const logits = [2, -1, 0.5];
  for (const temperature of [1, 2.5]) {
    const terms = logits.map((logit) => Math.exp(logit / temperature));
    const sum = terms.reduce((a, b) => a + b);
    const own = softmax(logits, temperature);
    for (let c = 0; c < 3; c++) expect(own[c]).toBeCloseTo(terms[c] / sum, 14);
  }
});

test('softmax does not overflow', () => {
  expect([...softmax([5000, 5000])]).toEqual([0.5, 0.5]);
});
