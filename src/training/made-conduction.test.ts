/** AV block of every kind in recordings made of real waves, through the program's own detector. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../numeric/random.ts';
import { conductionIn } from './conduction-answers.ts';
import { dataFolder } from './data-folder.ts';
import { LUDB_LEAD_II, readLudb } from './ludb.ts';
import { MADE, type Made, madeRecording, planOf, sourceOf } from './made-conduction.ts';

const folder = dataFolder();
/** Odd ones, on which the limits were set, with a clear P wave in lead II; how often in all, docs/rhythm.md says. */
const RECORDS = [3, 11, 25] as const;

describe.skipIf(folder === null)('AV block in made recordings', () => {
  const told = (number: number, made: Made, withP = true) => {
    const record = readLudb(folder!, number);
    const source = sourceOf(record)!;
    const random = new RandomStream({ seed: 1, words: [number, 0, 0] });
    const plan = planOf(made, source.samplingRateHz, random);
    const millivolts = madeRecording(source, withP ? plan : { ...plan, atrial: [] }, random);
    const lead = { ...record.recording.leads[LUDB_LEAD_II]!, millivolts };
    const found = conductionIn({
      ...record.recording,
      lengthSamples: plan.lengthSamples,
      leads: [lead],
    });
    return { found, plan, samplingRateHz: source.samplingRateHz };
  };

  it.each(RECORDS)(
    'is told by its kind, and neither in sinus rhythm nor in its pauses: LUDB %i',
    (number) => {
      for (const made of Object.keys(MADE) as Made[]) {
        const kinds = told(number, made).found.avBlock.map(({ kind }) => kind);
        expect([made, ...kinds]).toEqual(MADE[made] === null ? [made] : [made, MADE[made]]);
      }
    },
  );

  it('has onset, end and atrial rate of what was made', () => {
    const { found, plan, samplingRateHz } = told(RECORDS[0], 'mobitz-2');
    const [block] = found.avBlock;
    const dropped = plan.atrial.filter((at) => !plan.ventricular.includes(at));
    expect(block!.pWaves).toBeGreaterThanOrEqual(dropped.length - 2);
    expect(block!.startSample).toBeLessThan(dropped[1]!);
    expect(block!.endSample).toBeGreaterThan(dropped[dropped.length - 1]!);
    const pp = (plan.atrial[plan.atrial.length - 1]! - plan.atrial[0]!) / (plan.atrial.length - 1);
    expect(block!.atrialBpm).toBeCloseTo((60 * samplingRateHz) / pp, -0.7);
  });

  it('is not told where no P waves are, and the share of the time that they were seen in says so', () => {
    for (const made of ['mobitz-2', 'complete'] as const) {
      const { found } = told(RECORDS[0], made, false);
      expect(found.avBlock).toEqual([]);
      expect(found.judgedFraction).toBeLessThan(0.5);
    }
  });
});
