/**
 * `node src/training/out-of-knowledge.ts`: how well uncertainty tells beats of a kind that was never trained on
 * from those of kinds that were. One half of the patients of DS1 is trained on without the kind, the other half is
 * read, on the array at the reference condition. Paced beats and electrode-motion noise are in no training data.
 * Writes `models/ecg-beats/out-of-knowledge.json`.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { entropyNats } from '../bayes/uncertainty.ts';
import { NETWORK_CLASS_COUNT, NETWORK_CLASSES } from '../contract/ecg.ts';
import { isBeatCode } from '../ecg/beat-mapping.ts';
import { BEAT_INPUT_SPEC, beatInputs } from '../ecg/beats.ts';
import { type LabelledBeats, rowsOf } from './beat-dataset.ts';
import { BEAT_ARCHITECTURE, BEAT_FIT, trainBeatNetwork, trainingRecords } from './beat-training.ts';
import { auroc } from './binary-figures.ts';
import { readAnnotated, requiredDataFolder } from './data-folder.ts';
import { METHODS, type Method, readings } from './leave-out.ts';
import { DS1_RECORDS, PACED_RECORDS } from './mitdb-split.ts';
import { ensembleOutput, type NetworkInputs, REFERENCE, readDeviceProfile } from './reference-condition.ts';

/** Patients who are read; among them some with every kind. The others of DS1 are trained on. */
const READ: readonly string[] = ['101', '109', '118', '119', '122', '124', '207', '208', '215', '230'];

/** PhysioBank codes of each kind that is left out. */
const KINDS = {
  ventricular: ['V', 'E'],
  supraventricular: ['A', 'a', 'J', 'S'],
  fusion: ['F'],
  'left bundle branch block': ['L'],
  'right bundle branch block': ['R'],
} as const;

/** Noise records: 6 dB more noise than signal in every other two minutes from the fifth (Moody 1984). */
const NOISE_RECORDS = ['118e_6', '119e_6'] as const;

type Scores = Record<Method, { epistemic: number[]; entropy: number[] }>;

function scoresOf(trained: ReturnType<typeof trainBeatNetwork>, inputs: NetworkInputs): Scores {
  const logits = readings(trained, readDeviceProfile(REFERENCE.profile), 1, inputs);
  const scores = (method: Method) => {
    const samples = method === 'deterministic' ? 1 : REFERENCE.samples;
    const { probabilities, epistemic } = ensembleOutput(logits[method], samples, 1);
    return {
      epistemic: Array.from(epistemic),
      entropy: Array.from(epistemic, (_, i) =>
        entropyNats(probabilities.subarray(i * NETWORK_CLASS_COUNT, (i + 1) * NETWORK_CLASS_COUNT)),
      ),
    };
  };
  return Object.fromEntries(METHODS.map((method) => [method, scores(method)])) as Scores;
}

/** The beats of a copy for which `keep` is true. */
function filtered(beats: LabelledBeats, keep: (code: string, label: number) => boolean): LabelledBeats {
  const rows = beats.codes.flatMap((code, i) => (keep(code, beats.labels[i]!) ? [i] : []));
  return {
    ...beats,
    signals: rowsOf(beats.signals, rows, beats.signals.length / beats.labels.length),
    auxiliary: rowsOf(beats.auxiliary, rows, beats.auxiliary.length / beats.labels.length),
    labels: Uint8Array.from(rows, (i) => beats.labels[i]!),
    codes: rows.map((i) => beats.codes[i]!),
  };
}

/** Network inputs of some beats of a record, all others around them. */
function inputsOf(
  folder: string,
  database: string,
  record: string,
  chosen: (code: string, seconds: number) => boolean,
): NetworkInputs {
  const { recording, annotations } = readAnnotated(folder, database, record);
  const beats = annotations.filter(({ code }) => isBeatCode(code));
  const peaks = Int32Array.from(beats, ({ sample }) => sample);
  const inputs = beatInputs(recording, null, peaks, BEAT_INPUT_SPEC);
  const rows = beats.flatMap(({ code, sample }, i) =>
    inputs.classifiable[i] === 1 && chosen(code, sample / recording.samplingRateHz) ? [i] : [],
  );
  return {
    signals: rowsOf(inputs.signals, rows, inputs.signals.length / beats.length),
    auxiliary: rowsOf(inputs.auxiliary, rows, inputs.auxiliary.length / beats.length),
  };
}

function joined(parts: readonly Scores[]): Scores {
  const of = (method: Method, part: 'epistemic' | 'entropy') => parts.flatMap((one) => one[method][part]);
  return Object.fromEntries(
    METHODS.map((method) => [method, { epistemic: of(method, 'epistemic'), entropy: of(method, 'entropy') }]),
  ) as Scores;
}

function figuresOf(kind: string, unknown: Scores, known: Scores) {
  const area = (method: Method, part: 'epistemic' | 'entropy'): number => {
    const scores = [...unknown[method][part], ...known[method][part]];
    const labels = scores.map((_, i) => (i < unknown[method][part].length ? 1 : 0));
    return Number(auroc(scores, labels).toFixed(4));
  };
  return {
    kind,
    beats: unknown.deterministic.entropy.length,
    known: known.deterministic.entropy.length,
    // Without spread nothing is epistemic.
    auroc: Object.fromEntries(
      METHODS.map((method) => [
        method,
        {
          epistemic: method === 'deterministic' ? null : area(method, 'epistemic'),
          entropy: area(method, 'entropy'),
        },
      ]),
    ),
  };
}

/** Writes `out-of-knowledge.json`. @param data of `trainingRecords` */
export function outOfKnowledge(folder: string, data: readonly LabelledBeats[][]): void {
  const profile = readDeviceProfile(REFERENCE.profile);
  const isRead = (i: number) => READ.includes(DS1_RECORDS[i]!);
  // Made beats have the code of the beat that they were made of and another label.
  const trainedWithout = (codes: readonly string[], withoutLabel: number) =>
    trainBeatNetwork(
      data
        .filter((_, i) => !isRead(i))
        .map((copies) =>
          copies.map((beats) =>
            filtered(beats, (code, label) => label !== withoutLabel && !codes.includes(code)),
          ),
        )
        .filter((copies) => copies.every(({ labels }) => labels.length > 0)),
      profile,
      BEAT_FIT,
      BEAT_ARCHITECTURE,
    );
  const readParts = (trained: ReturnType<typeof trainBeatNetwork>, keep: (code: string) => boolean) =>
    joined(
      data
        .filter((_, i) => isRead(i))
        .map(([beats]) => filtered(beats!, keep))
        .filter(({ labels }) => labels.length > 0)
        .map((beats) => scoresOf(trained, beats)),
    );

  const figures = Object.entries(KINDS).map(([kind, codes]) => {
    const trained = trainedWithout(codes, kind === 'supraventricular' ? NETWORK_CLASSES.indexOf('S') : -1);
    const isOfKind = (code: string) => (codes as readonly string[]).includes(code);
    console.error(kind);
    return figuresOf(
      kind,
      readParts(trained, isOfKind),
      readParts(trained, (code) => !isOfKind(code)),
    );
  });

  const trained = trainedWithout([], -1);
  const known = readParts(trained, () => true);
  const paced = joined(
    PACED_RECORDS.map((record) =>
      scoresOf(
        trained,
        inputsOf(folder, 'mitdb', record, (code) => code === '/'),
      ),
    ),
  );
  const isNoisy = (seconds: number) => seconds >= 300 && Math.floor((seconds - 300) / 120) % 2 === 0;
  const noise = joined(
    NOISE_RECORDS.map((record) =>
      scoresOf(
        trained,
        inputsOf(folder, 'nstdb', record, (_, seconds) => isNoisy(seconds)),
      ),
    ),
  );
  figures.push(figuresOf('paced', paced, known), figuresOf('electrode-motion noise, -6 dB', noise, known));
  const path = resolve(import.meta.dirname, '../../models/ecg-beats/out-of-knowledge.json');
  const result = { condition: REFERENCE, programmingSeed: 1, options: BEAT_FIT, read: READ, kinds: figures };
  writeFileSync(path, `${JSON.stringify(result, null, 1)}\n`);
  for (const row of figures) console.log(row.kind, row.beats, JSON.stringify(row.auroc));
}

if (import.meta.main) {
  const folder = requiredDataFolder();
  outOfKnowledge(folder, trainingRecords(folder, BEAT_FIT.seed));
}
