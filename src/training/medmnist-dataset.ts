/** MedMNIST v2 sets (Yang et al., Sci Data 10:41, 2023): NumPy archives of 28 x 28 grey images. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { LabelledImages } from './image-fit.ts';

export const MEDMNIST_SETS = {
  pneumoniamnist: { file: 'pneumoniamnist_reassembled.npz', diseased: 1 },
  // 0 is malignant in BreastMNIST's own labels.
  breastmnist: { file: 'breastmnist.npz', diseased: 0 },
} as const;
export type MedMnistName = keyof typeof MEDMNIST_SETS;

/** Shape and bytes of a NumPy array of unsigned bytes or integers (NEP 1, version 1). */
function npy(bytes: Uint8Array): { shape: number[]; values: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = view.getUint16(8, true);
  const header = new TextDecoder().decode(bytes.subarray(10, 10 + headerLength));
  const type = /'descr': '[<|]([ui])(\d)'/.exec(header);
  const shape = /'shape': \(([^)]*)\)/.exec(header);
  if (type === null || shape === null) throw new Error(`No array of integers: ${header}`);
  const size = Number(type[2]);
  const data = bytes.subarray(10 + headerLength);
  return {
    shape: shape[1]!
      .split(',')
      .filter((part) => part.trim() !== '')
      .map(Number),
    // Labels are below 256: of wider integers the lowest byte, which comes first.
    values: Uint8Array.from({ length: data.length / size }, (_, i) => data[i * size]!),
  };
}

export function medMnist(
  folder: string,
  name: MedMnistName,
): Record<'train' | 'val' | 'test', LabelledImages> {
  const { file, diseased } = MEDMNIST_SETS[name];
  const arrays = unzipSync(new Uint8Array(readFileSync(join(folder, 'medmnist', file))));
  const part = (split: string): LabelledImages => {
    const images = npy(arrays[`${split}_images.npy`]!);
    const labels = npy(arrays[`${split}_labels.npy`]!).values;
    return {
      side: images.shape[1]!,
      pixels: images.values,
      labels: labels.map((label) => (label === diseased ? 1 : 0)),
    };
  };
  return { train: part('train'), val: part('val'), test: part('test') };
}
