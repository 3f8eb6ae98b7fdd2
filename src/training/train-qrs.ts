/**
 * `npm run train:qrs`: trains the small network of the QRS detector (`src/ecg/qrs-judge.ts`) on MIT-BIH DS1 alone and
 * writes `src/ecg/qrs-weights.generated.ts`. Each record is used as it is and once more with made noise in stretches;
 * full-batch Adam (Kingma & Ba, ICLR 2015) on the cross-entropy. With `--cross-validate` eleven networks are each
 * trained without two records and judged on these; the thresholds of `qrs-judge.ts` were chosen on that table.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { butterworth, filterZeroPhase } from '../ecg/filtering.ts';
import { CANDIDATE_FEATURES, candidateFeatures, TraceView } from '../ecg/qrs-candidates.ts';
import { beatsByHeight, maximaOf, peaksOf } from '../ecg/qrs-evidence.ts';
import { logOddsOfBeat, type QrsWeights } from '../ecg/qrs-judge.ts';
import { assessQuality } from '../ecg/quality.ts';
import { EC57_MATCH_WINDOW_SECONDS, fibrillationRanges, matchBeats, referenceBeats } from '../ecg/scoring.ts';
import { cos, exp, log } from '../numeric/elementary.ts';
import { RandomStream } from '../numeric/random.ts';
import { type AnnotatedRecording, readMitdb, requiredDataFolder } from './data-folder.ts';
import { DS1_RECORDS } from './mitdb-split.ts';

const SEED = 20261124;
const HIDDEN_UNITS = 12;
const EPOCHS = 250;
const LEARNING_RATE = 0.03;
const WARM_UP_EPOCHS = 20;
const WEIGHT_DECAY = 1e-4;
/** A peak of a record with made noise counts this much beside one of the record itself. */
const NOISY_WEIGHT = 0.3;
const NOISE_STRETCH_SECONDS = 20;
const FOLDS = 11;
const OUTPUT = resolve(import.meta.dirname, '../ecg/qrs-weights.generated.ts');

interface Candidates {
  record: string;
  noisy: boolean;
  features: Float32Array;
  /** 1 where a reference beat is, 0 where none is, -1 where ventricular fibrillation is and nothing counts. */
  isBeat: Float32Array;
  byHeight: Set<number>;
}

function candidatesOf(
  { recording, annotations }: AnnotatedRecording,
  record: string,
  noisy: boolean,
): Candidates {
  const quality = assessQuality(recording);
  const view = new TraceView(
    recording,
    quality.leads.map(({ secondState }) => secondState),
    0,
  );
  const { trace, rateHz, factor } = view.evidence;
  const peaks = peaksOf([maximaOf(trace, 0, trace.length)], rateHz);
  const byHeight = beatsByHeight(peaks, rateHz);
  const at = Array.from(peaks.at, (sample) => sample * factor);
  const reference = referenceBeats(annotations).map((annotation) => annotation.sample);
  const { pairs } = matchBeats(reference, at, EC57_MATCH_WINDOW_SECONDS, recording.samplingRateHz);
  const isBeat = new Float32Array(at.length);
  for (const { test } of pairs) isBeat[test] = 1;
  for (const { first, last } of fibrillationRanges(annotations)) {
    for (const [i, sample] of at.entries()) if (sample >= first && sample <= last) isBeat[i] = -1;
  }
  return {
    record,
    noisy,
    features: candidateFeatures(() => view, view.evidence, peaks, byHeight),
    isBeat,
    byHeight: new Set(byHeight),
  };
}

/** Adds muscle noise or electrode motion of random size to random stretches of each lead, in place. */
function addNoise({ recording }: AnnotatedRecording, random: RandomStream): void {
  const { samplingRateHz, lengthSamples } = recording;
  const stretch = NOISE_STRETCH_SECONDS * samplingRateHz;
  // Sum of four uniform deviates, scaled to variance 1.
  const deviate = () =>
    (random.uniform() + random.uniform() + random.uniform() + random.uniform() - 2) * Math.sqrt(3);
  for (const { millivolts } of recording.leads) {
    const sizes = filterZeroPhase(millivolts, [butterworth('high-pass', 1, samplingRateHz)])
      .map(Math.abs)
      .sort();
    const large = sizes[Math.floor(sizes.length * 0.99)]!;
    for (let start = 0; start < lengthSamples; start += stretch) {
      const choice = random.uniform();
      if (choice < 0.4) continue;
      const muscle = choice < 0.65;
      const raw = new Float32Array(Math.min(stretch, lengthSamples - start));
      let [value, target] = [0, 0];
      for (let i = 0; i < raw.length; i++) {
        if (!muscle && random.uniform() < 3 / samplingRateHz) target = deviate();
        value += (target - value) * 0.08;
        raw[i] = muscle ? deviate() : value + 0.15 * deviate();
      }
      const [low, high] = muscle ? [8, 60] : [0.5, 25];
      const made = filterZeroPhase(raw, [
        butterworth('high-pass', low!, samplingRateHz),
        butterworth('low-pass', high!, samplingRateHz),
      ]);
      const rms = Math.sqrt(made.reduce((sum, x) => sum + x * x, 0) / made.length);
      const level = large * (muscle ? 0.03 * 10 ** random.uniform() : 0.05 * 12 ** random.uniform());
      for (let i = 0; i < made.length; i++) millivolts[start + i]! += (made[i]! / rms) * level;
    }
  }
}

function train(sets: readonly Candidates[]): QrsWeights {
  const n = CANDIDATE_FEATURES;
  const rows = sets.flatMap((set) =>
    [...set.isBeat.keys()].filter((i) => set.isBeat[i]! >= 0).map((i) => ({ set, i })),
  );
  const mean = new Float64Array(n);
  const deviation = new Float64Array(n);
  for (const { set, i } of rows)
    for (let k = 0; k < n; k++) mean[k]! += set.features[i * n + k]! / rows.length;
  for (const { set, i } of rows) {
    for (let k = 0; k < n; k++) deviation[k]! += (set.features[i * n + k]! - mean[k]!) ** 2 / rows.length;
  }
  for (let k = 0; k < n; k++) deviation[k] = Math.sqrt(deviation[k]!);
  const inputs = new Float64Array(rows.length * n);
  const targets = new Float64Array(rows.length);
  const weights = new Float64Array(rows.length);
  for (const [row, { set, i }] of rows.entries()) {
    for (let k = 0; k < n; k++) inputs[row * n + k] = (set.features[i * n + k]! - mean[k]!) / deviation[k]!;
    targets[row] = set.isBeat[i]!;
    weights[row] = set.noisy ? NOISY_WEIGHT : 1;
  }
  const total = weights.reduce((sum, w) => sum + w, 0);

  // Layout of the parameters: [hidden][features], hidden biases, output, output bias.
  const h = HIDDEN_UNITS;
  const parameters = new Float64Array(h * n + 2 * h + 1);
  const random = new RandomStream({ seed: SEED, words: [1, 0, 0] });
  for (let p = 0; p < h * n; p++) parameters[p] = ((random.uniform() * 2 - 1) * Math.sqrt(3)) / Math.sqrt(n);
  for (let p = 0; p < h; p++)
    parameters[h * n + h + p] = ((random.uniform() * 2 - 1) * Math.sqrt(3)) / Math.sqrt(h);
  const first = new Float64Array(parameters.length);
  const second = new Float64Array(parameters.length);
  const gradient = new Float64Array(parameters.length);
  const active = new Float64Array(h);
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    gradient.fill(0);
    for (let row = 0; row < targets.length; row++) {
      let odds = parameters[h * n + 2 * h]!;
      for (let u = 0; u < h; u++) {
        let sum = parameters[h * n + u]!;
        for (let k = 0; k < n; k++) sum += parameters[u * n + k]! * inputs[row * n + k]!;
        active[u] = Math.max(0, sum);
        odds += active[u]! * parameters[h * n + h + u]!;
      }
      const error = ((1 / (1 + exp(-odds)) - targets[row]!) * weights[row]!) / total;
      gradient[h * n + 2 * h]! += error;
      for (let u = 0; u < h; u++) {
        if (active[u] === 0) continue;
        gradient[h * n + h + u]! += error * active[u]!;
        const back = error * parameters[h * n + h + u]!;
        gradient[h * n + u]! += back;
        for (let k = 0; k < n; k++) gradient[u * n + k]! += back * inputs[row * n + k]!;
      }
    }
    const rate =
      LEARNING_RATE * Math.min(1, epoch / WARM_UP_EPOCHS) * 0.5 * (1 + cos((Math.PI * epoch) / EPOCHS));
    for (let p = 0; p < parameters.length; p++) {
      const isWeight = p < h * n || (p >= h * n + h && p < h * n + 2 * h);
      const g = gradient[p]! + (isWeight ? WEIGHT_DECAY * parameters[p]! : 0);
      first[p] = 0.9 * first[p]! + 0.1 * g;
      second[p] = 0.999 * second[p]! + 0.001 * g * g;
      const unbiased = first[p]! / (1 - 0.9 ** epoch);
      parameters[p]! -= (rate * unbiased) / (Math.sqrt(second[p]! / (1 - 0.999 ** epoch)) + 1e-8);
    }
  }
  const rounded = (value: number) => Number(value.toPrecision(6));
  const hidden = Array.from({ length: h }, (_, u) =>
    Array.from({ length: n }, (_, k) => rounded(parameters[u * n + k]! / deviation[k]!)),
  );
  const hiddenBias = hidden.map((row, u) =>
    rounded(row.reduce((bias, w, k) => bias - w * mean[k]!, parameters[h * n + u]!)),
  );
  return {
    hidden,
    hiddenBias,
    output: Array.from({ length: h }, (_, u) => rounded(parameters[h * n + h + u]!)),
    outputBias: rounded(parameters[h * n + 2 * h]!),
  };
}

const THRESHOLDS = [Number.NEGATIVE_INFINITY, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, Number.POSITIVE_INFINITY];

function crossValidate(sets: readonly Candidates[]): void {
  const judged: { set: Candidates; odds: Float64Array }[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const held = new Set<string>(DS1_RECORDS.filter((_, index) => index % FOLDS === fold));
    const weights = train(sets.filter((set) => !held.has(set.record)));
    for (const set of sets.filter(({ record }) => held.has(record))) {
      const odds = Float64Array.from(set.isBeat, (_, row) => logOddsOfBeat(set.features, row, weights));
      judged.push({ set, odds });
    }
  }
  console.log('keep above  add above   FN     FP   FN noisy FP noisy');
  for (const keep of THRESHOLDS.slice(0, 7)) {
    for (const add of THRESHOLDS.slice(6)) {
      const counts = [0, 0, 0, 0];
      for (const { set, odds } of judged) {
        const offset = set.noisy ? 2 : 0;
        for (const [row, isBeat] of set.isBeat.entries()) {
          const called = odds[row]! > (set.byHeight.has(row) ? keep : add);
          if (isBeat === 1 && !called) counts[offset]!++;
          if (isBeat === 0 && called) counts[offset + 1]!++;
        }
      }
      console.log([keep, add, ...counts].map((value) => String(value).padStart(9)).join(''));
    }
  }
}

const folder = requiredDataFolder();
const sets: Candidates[] = [];
for (const [index, record] of DS1_RECORDS.entries()) {
  const annotated = readMitdb(folder, record);
  sets.push(candidatesOf(annotated, record, false));
  addNoise(annotated, new RandomStream({ seed: SEED, words: [0, index, 0] }));
  sets.push(candidatesOf(annotated, record, true));
}
if (process.argv.includes('--cross-validate')) crossValidate(sets);
else {
  const weights = train(sets);
  const loss = sets.reduce(
    (sum, set) =>
      sum +
      set.isBeat.reduce((part, isBeat, row) => {
        const odds = logOddsOfBeat(set.features, row, weights);
        return isBeat < 0 ? part : part + log(1 + exp(isBeat === 1 ? -odds : odds));
      }, 0),
    0,
  );
  console.log(`Cross-entropy over all candidates: ${loss.toFixed(1)} nats`);
  writeFileSync(
    OUTPUT,
    `// Written by \`npm run train:qrs\`.\nimport type { QrsWeights } from './qrs-judge.ts';\n\nexport const QRS_WEIGHTS: QrsWeights = ${JSON.stringify(weights, null, 2)};\n`,
  );
}
