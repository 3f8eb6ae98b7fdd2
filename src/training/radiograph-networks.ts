/** Radiograph networks of this recipe, trained once on this computer and kept in the cache folder. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isArrayLayer, type Network } from '../imc/network.ts';
import type { DeviceProfile } from '../imc/profile.ts';
import { readSafetensors, type Tensor, writeSafetensors } from '../numeric/safetensors.ts';
import { type ImageArchitecture, untrainedImageNetwork } from './image-architecture.ts';
import type { LabelledImages } from './image-fit.ts';
import { type RadiographFit, trainRadiographNetwork } from './radiograph-training.ts';

/** As `trainRadiographNetwork`; what was trained with the same images, options and noise before is read back. */
export function trainedOnce(
  architecture: ImageArchitecture,
  images: LabelledImages,
  profile: DeviceProfile,
  fit: RadiographFit,
  report: (step: number, loss: number) => void,
): Network {
  const key = createHash('sha256')
    .update(JSON.stringify([RECIPE, architecture, fit, profile, images.side]))
    .update(images.labels)
    .update(images.pixels)
    .digest('hex')
    .slice(0, 16);
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kirchhoff');
  const path = join(folder, `${architecture.name}-${key}.safetensors`);
  if (!existsSync(path)) {
    const trained = trainRadiographNetwork(architecture, images, profile, fit, report);
    const tensors = new Map<string, Tensor>();
    for (const { name, weights, bias, commonMode } of trained.layers.filter(isArrayLayer)) {
      tensors.set(`${name}.weight`, { shape: [weights.length], values: weights });
      tensors.set(`${name}.bias`, { shape: [bias.length], values: bias });
      if (commonMode === undefined) continue;
      tensors.set(`${name}.common_mode`, { shape: [commonMode.length], values: commonMode });
    }
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.part`, writeSafetensors(tensors));
    renameSync(`${path}.part`, path);
  }
  const network = untrainedImageNetwork(architecture, fit.seed);
  const tensors = readSafetensors(new Uint8Array(readFileSync(path)));
  for (const layer of network.layers.filter(isArrayLayer)) {
    layer.weights.set(tensors.get(`${layer.name}.weight`)!.values);
    layer.bias.set(tensors.get(`${layer.name}.bias`)!.values);
    const commonMode = tensors.get(`${layer.name}.common_mode`);
    if (commonMode !== undefined) layer.commonMode = commonMode.values;
  }
  return network;
}

/** Raised whenever code changes what training gives, so that older networks are not taken for new ones. */
const RECIPE = 2;
