/** Splits of images by patient, so that no patient is on both sides. */
import { RandomStream } from '../numeric/random.ts';
import type { RadiographEntry } from './radiograph-dataset.ts';

/**
 * Fold of each image, 0 to `folds` - 1. Patients are dealt out in random order, those of one kind (the subtype of
 * their first image) after another, so that kinds are spread evenly.
 */
export function patientFolds(entries: readonly RadiographEntry[], folds: number, seed: number): Uint8Array {
  const kinds = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const { patient, subtype } of entries) {
    if (seen.has(patient)) continue;
    seen.add(patient);
    const patients = kinds.get(subtype);
    if (patients === undefined) kinds.set(subtype, [patient]);
    else patients.push(patient);
  }
  const random = new RandomStream({ seed, words: [0, 0, 0] });
  const foldOf = new Map<string, number>();
  let next = 0;
  for (const kind of [...kinds.keys()].sort()) {
    const patients = kinds.get(kind)!.sort();
    const order = Int32Array.from(patients.keys());
    random.shuffle(order);
    for (const i of order) foldOf.set(patients[i]!, next++ % folds);
  }
  return Uint8Array.from(entries, ({ patient }) => foldOf.get(patient)!);
}
