import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { deviceStudySchema } from '../contract/device-lab.ts';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { BEAT_MODEL, loadBeatModel } from './beat-model.ts';
import { measureDevice } from './device-study.ts';
import { resourcePath } from './resources.ts';

const shipped = deviceStudySchema.parse(
  JSON.parse(readFileSync(resourcePath('models', BEAT_MODEL, 'device-study.json'), 'utf8')),
);

it('ships a study of the network and the settings that ship', () => {
  expect(shipped.modelSha256).toBe(loadBeatModel().sha256);
  expect(shipped).toMatchObject(
    (({ profile, driftSeconds, samples, seed }) => ({ deviceProfile: profile, driftSeconds, samples, seed }))(
      deviceSettingsSchema.parse({}),
    ),
  );
});

it('is measured again to the same figures', async () => {
  const again = await measureDevice(BEAT_MODEL, deviceSettingsSchema.parse({ samples: 2 }), [1]);
  const fp32 = (rows: { condition: string; values: number[] }[]) =>
    rows.find(({ condition }) => condition === 'fp32, no array')?.values;
  expect(fp32(again!.ablation)).toEqual(fp32(shipped.ablation));
  expect(again!.overTime).toHaveLength(shipped.overTime.length);
  expect(await measureDevice('another', deviceSettingsSchema.parse({}), [1])).toBeNull();
});
