import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { imageAnalysisSchema } from '../contract/imaging-findings.ts';
import { deviceSettingsSchema } from '../contract/provenance.ts';
import { wrappedAsDicom } from '../imaging/test-film.ts';
import { analyseImageFile } from './image-analysis.ts';
import { loadRadiographModel } from './radiograph-model.ts';
import { resourcePath } from './resources.ts';

const jpeg = new Uint8Array(readFileSync(resourcePath('samples', 'cxr-child-bacterial-pneumonia.jpeg')));
const device = deviceSettingsSchema.parse({ samples: 8 });

function task(age: string) {
  const bytes = wrappedAsDicom({
    width: 224,
    height: 224,
    pixels: { kind: 'jpeg', bytes: jpeg },
    photometric: 'YBR_FULL_422',
    age,
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const inputs = [{ name: 'film.dcm', sha256, bytes: bytes.length }];
  return { bytes, fileName: 'film.dcm', inputs, device, softwareVersion: 'test' };
}

it('takes a film of a child from its file to a finding that can be followed back', async () => {
  const analysis = imageAnalysisSchema.parse(await analyseImageFile(task('003Y')));
  expect(analysis.finding.probability).toBeGreaterThan(0);
  expect(analysis.saliency).not.toBeNull();
  expect(analysis.embedding).toHaveLength(96);
  const { model, sha256 } = loadRadiographModel();
  expect(analysis.provenance).toMatchObject({
    model: 'cxr-paediatric',
    modelSha256: sha256,
    calibrationId: model.calibration.id,
    samples: 8,
    seed: device.seed,
  });
  expect(analysis.provenance.tiles.length).toBeGreaterThan(0);
  expect(await analyseImageFile(task('003Y'))).toEqual(analysis);
});

it('refuses the same film of an adult and says why', async () => {
  const analysis = await analyseImageFile(task('041Y'));
  expect(analysis?.finding).toMatchObject({ probability: null, recommendation: 'refuse' });
  expect(analysis?.finding.why.join(' ')).toMatch(/41 years/);
  expect(analysis?.saliency).toBeNull();
});
