/**
 * Leaves each patient of DS1 out alone: 22 trainings of the shipped recipe, each network read on its patient's beats
 * on a programmed array at the reference condition. The conformal thresholds come from these answers
 * (`npm run calibrate`, part of `npm run train`).
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { NETWORK_CLASS_COUNT } from '../contract/ecg.ts';
import type { LabelledBeats } from './beat-dataset.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT } from './beat-training.ts';
import { type LeftOut, trainedWithout } from './leave-out.ts';
import { DS1_RECORDS } from './mitdb-split.ts';
import { arrayLogits, REFERENCE, readDeviceProfile } from './reference-condition.ts';

/**
 * Answers for every patient of DS1 by the network that was trained on the other 21; patient i on the array of
 * programming seed i + 1.
 * @param data of `trainingRecords`
 * @param keep folder where each patient's answers are kept as soon as they are there, so that a run that was
 *   interrupted goes on; null keeps nothing
 */
export function leaveOneOut(data: readonly LabelledBeats[][], keep: string | null): LeftOut[] {
  const profile = readDeviceProfile(REFERENCE.profile);
  const setting = { options: BEAT_FIT, architecture: BEAT_ARCHITECTURE };
  return DS1_RECORDS.map((record, i) => {
    const beats = data[i]![0]!;
    const path = keep === null ? null : keptPath(keep, record, data);
    const logits =
      keptLogits(path, beats.labels.length) ??
      arrayLogits(trainedWithout([record], data, profile, setting), profile, i + 1, beats);
    if (path !== null) keepLogits(path, logits);
    console.error(`without ${record}, ${i + 1} of ${DS1_RECORDS.length}`);
    return { record, kind: 'real', labels: beats.labels, logits };
  });
}

/**
 * The answers of an earlier `leaveOneOut`; null where one is missing.
 * @param real the beats of each patient as recorded
 */
export function keptAnswers(real: readonly LabelledBeats[], keep: string | null): LeftOut[] | null {
  if (keep === null) return null;
  const data = real.map((beats) => [beats]);
  const answers: LeftOut[] = [];
  for (const beats of real) {
    const logits = keptLogits(keptPath(keep, beats.record, data), beats.labels.length);
    if (logits === null) return null;
    answers.push({ record: beats.record, kind: 'real', labels: beats.labels, logits });
  }
  return answers;
}

/** The name holds what the answers depend on: recipe, condition and the beats of all patients. */
function keptPath(folder: string, record: string, data: readonly LabelledBeats[][]): string {
  const recipe = createHash('sha256').update(JSON.stringify([REFERENCE, BEAT_ARCHITECTURE, BEAT_FIT]));
  for (const [beats] of data) {
    recipe.update(beats!.labels).update(new Uint8Array(beats!.auxiliary.buffer));
  }
  return resolve(folder, `${record}-${recipe.digest('hex').slice(0, 16)}.logits`);
}

function keptLogits(path: string | null, beats: number): Float32Array | null {
  if (path === null || !existsSync(path)) return null;
  const bytes = new Uint8Array(readFileSync(path));
  const whole = bytes.length === beats * REFERENCE.samples * NETWORK_CLASS_COUNT * 4;
  return whole ? new Float32Array(bytes.buffer) : null;
}

function keepLogits(path: string, logits: Float32Array): void {
  mkdirSync(resolve(path, '..'), { recursive: true });
  writeFileSync(`${path}.partial`, new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength));
  renameSync(`${path}.partial`, path);
}

/** `--keep <folder>`: see `leaveOneOut`. */
export function keepOption(): string | null {
  return parseArgs({ options: { keep: { type: 'string' } } }).values.keep ?? null;
}
