/** One image from its file to a finding, in a worker thread. The window and the batch both use this. */
import { createHash } from 'node:crypto';
import type { ImageAnalysis } from '../contract/imaging-findings.ts';
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';
import { analyseRadiograph, SALIENCY_SAMPLES } from '../diagnosis/cxr-paediatric/analyse.ts';
import { loadDeviceProfile } from './device-profiles.ts';
import { readImage } from './image-reading.ts';
import { loadRadiographModel, RADIOGRAPH_MODEL, radiographArray } from './radiograph-model.ts';

export interface ImageAnalysisTask {
  bytes: Uint8Array;
  fileName: string;
  inputs: Provenance['inputs'];
  device: DeviceSettings;
  softwareVersion: string;
}

/**
 * Of the first frame. Null where no model looks at images of this kind.
 * @param onRead called once the frame is decoded
 */
export async function analyseImageFile(
  task: ImageAnalysisTask,
  onRead: () => void = () => {},
): Promise<ImageAnalysis | null> {
  const { bytes, fileName, inputs, device, softwareVersion } = task;
  const file = await readImage(bytes, fileName);
  if (file.instance.frameCount === 0) return null;
  const image = await file.frame(0);
  onRead();
  const { model, wholeFilm, sha256 } = loadRadiographModel();
  const { state, tiles } = radiographArray(device);
  const { samples, seed } = device;
  const answer = analyseRadiograph(image, file.instance.technique, { ...model, wholeFilm }, state, {
    samples,
    seed,
    saliencySamples: Math.min(samples, SALIENCY_SAMPLES),
  });
  const { width, height, pixels } = image;
  const content = createHash('sha256')
    .update(`${width} x ${height} x ${image.samplesPerPixel}`)
    .update(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
  return {
    ...answer,
    provenance: {
      inputs,
      contentSha256: content.digest('hex'),
      model: RADIOGRAPH_MODEL,
      modelSha256: sha256,
      calibrationId: model.calibration.id,
      deviceProfile: device.profile,
      deviceProfileSha256: loadDeviceProfile(device.profile).sha256,
      driftSeconds: device.driftSeconds,
      driftCompensation: device.driftCompensation,
      programmingSeed: device.programmingSeed,
      samples,
      seed,
      tiles,
      rhythm: null,
      softwareVersion,
    },
  };
}
