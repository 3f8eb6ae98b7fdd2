import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { arrayAt } from '../../src/imc/drift.ts';
import { parseDeviceProfile } from '../../src/imc/profile.ts';
import { programNetwork } from '../../src/imc/program.ts';
import { calibrateRanges } from '../../src/imc/ranges.ts';
import { runSamples } from '../../src/imc/run.ts';
import { randomItems, smallNetwork } from '../random-network.ts';

const document = readFileSync(new URL('../../docs/device-profiles.md', import.meta.url), 'utf8');
const schema = readFileSync(new URL('../../src/imc/profile.ts', import.meta.url), 'utf8');

test('the example in the document is a profile on which a network runs', () => {
  const [, example] = /```json\n([\s\S]*?)```/.exec(document) ?? [];
  const profile = parseDeviceProfile(JSON.parse(example), 'device-profiles.md');
  const network = smallNetwork();
  const { signals, auxiliary } = randomItems(network, 4);
  const ranges = calibrateRanges(network, profile, signals, auxiliary);
  const programmed = programNetwork(network, profile, { programmingSeed: 1, ranges });
  const state = arrayAt(programmed, { driftSeconds: 86_400, driftCompensation: true });
  const run = (seed: number) => runSamples(state, { signals, auxiliary, firstItem: 0, samples: 3, seed });
  expect(run(1).every(Number.isFinite)).toBe(true);
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
});

test('the document names every kind of model and every field that the schema knows', () => {
  const kinds = Array.from(schema.matchAll(/z\.literal\('([\w-]+)'\)/g), ([, kind]) => kind);
  const fields = Array.from(
    schema.matchAll(/^\s+(\w+): (?:z\.|finite|device|logarithmic|piecewise|source)/gm),
    ([, f]) => f,
  );
  expect(kinds.length).toBeGreaterThan(12);
  expect(fields.length).toBeGreaterThan(20);
  for (const word of [...kinds, ...fields]) expect(document, word).toContain(word);
});
