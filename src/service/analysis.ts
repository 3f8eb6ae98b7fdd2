/** One recording from signal to findings, spread over worker threads. The window and the batch both use this. */
import type { BeatTable, EcgSummary, Finding } from '../contract/ecg.ts';
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';
import type { RhythmSignal } from '../contract/rhythm.ts';
import {
  type BeatColumns,
  beatTableOf,
  type ClassifiedBeats,
  emptyColumns,
  placeColumns,
} from '../diagnosis/ecg-beats/classify.ts';
import { applyCorrections } from '../diagnosis/ecg-beats/corrections.ts';
import { type BeatEnsemble, type EnsembleRows, EnsembleTally } from '../diagnosis/ecg-beats/ensemble.ts';
import { type Headline, headlineOf, pacedFinding } from '../diagnosis/ecg-beats/findings.ts';
import type { RecordingFacts } from '../diagnosis/ecg-beats/summarise.ts';
import { summariseStudy } from '../diagnosis/ecg-rhythm/summarise-study.ts';
import { type BeatInputs, beatWork, describeStage } from '../ecg/beats.ts';
import { PREPARATION_ROUNDS, type PreparedRecording, preparationStages } from '../ecg/prepare.ts';
import type { SignalSource } from '../ecg/stretches.ts';
import { inputSize } from '../imc/network.ts';
import { analyseRhythm } from './analyse-rhythm.ts';
import { BEAT_MODEL, beatArray, loadBeatModel } from './beat-model.ts';
import { loadDeviceProfile } from './device-profiles.ts';
import type { ReadableRecord } from './read-record.ts';
import { rhythmProvenance } from './rhythm-model.ts';
import { ownMemory } from './shared-signals.ts';
import { runStaged, workOn } from './staged-work.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Beats a task: enough to keep the kernels busy, few enough for progress and cancelling. */
const BEATS_A_BATCH = 256;
/** Share of the work that is done once the beats are found. */
const PREPARED_SHARE = 0.3;
/** Share of what is left that goes to the beats; the rest to rhythm. */
const BEATS_SHARE = 0.7;

export interface RecordAnalysis {
  /** `refused`: the machine does not judge this recording, and says why. */
  outcome: { status: 'analysed' } | { status: 'refused'; reason: string };
  beats: BeatTable;
  ensemble: BeatEnsemble;
  summary: EcgSummary;
  findings: Finding[];
  headline: Headline;
  provenance: Provenance;
}

export interface AnalysisOptions {
  device: DeviceSettings;
  softwareVersion: string;
  signal?: AbortSignal;
  /** 0 to 1. */
  onProgress?: (share: number) => void;
  /** Given what the samples said of the next beats ([beats][samples][4]), in order of time; nothing else keeps that. */
  onEnsemble?: (rows: EnsembleRows) => void;
}

/** Throws KirchhoffError (`cancelled`, or what the recording lacks). */
export async function analyseRecording(
  pool: WorkerPool,
  opened: ReadableRecord,
  options: AnalysisOptions,
): Promise<RecordAnalysis> {
  const { recording } = opened;
  const progress = new WeightedProgress(options.onProgress);
  const onPrepared = progress.part(PREPARED_SHARE / PREPARATION_ROUNDS);
  const prepared = await runStaged(pool, recording, preparationStages(recording), {
    signal: options.signal,
    onDone: onPrepared,
  });
  progress.reach(PREPARED_SHARE);
  const [{ columns, ensemble }, rhythm] = await Promise.all([
    classifyAll(pool, recording, prepared, options, progress.part((1 - PREPARED_SHARE) * BEATS_SHARE)),
    rhythmOf(pool, recording, prepared, options, progress.part((1 - PREPARED_SHARE) * (1 - BEATS_SHARE))),
  ]);
  const beats = beatTableOf(prepared.rPeaks, columns);
  const facts: RecordingFacts = {
    samplingRateHz: recording.samplingRateHz,
    lengthSamples: recording.lengthSamples,
    leads: prepared.leads,
    analysable: prepared.analysable,
    intervals: prepared.intervals,
    waveTrend: prepared.waveTrend,
    recordedAt: recording.recordedAt,
  };
  const { summary, findings } = summariseStudy(facts, applyCorrections(beats, []), ensemble, rhythm);
  if (prepared.pacing.paced) findings.unshift(pacedFinding(prepared.pacing.why));
  const refusal = findings.find((finding) => finding.recommendation === 'refuse');
  return {
    outcome: refusal ? { status: 'refused', reason: refusal.label } : { status: 'analysed' },
    beats,
    ensemble,
    summary,
    findings,
    headline: headlineOf(findings, beats.recommendation),
    provenance: provenanceOf(opened, options),
  };
}

/** Adds up what parts of the work, some of which run side by side, have done. */
class WeightedProgress {
  #done = 0;
  readonly #report: ((share: number) => void) | undefined;

  constructor(report: ((share: number) => void) | undefined) {
    this.#report = report;
  }

  /** A part with this share of all; the function takes steps that sum to 1. */
  part(share: number): (step: number) => void {
    return (step) => this.reach(this.#done + share * step);
  }

  /** At least this share of all is done. */
  reach(share: number): void {
    this.#done = Math.max(this.#done, share);
    this.#report?.(Math.min(1, this.#done));
  }
}

/** Rhythm from the signal and by its network; of a paced recording only that it is paced. */
async function rhythmOf(
  pool: WorkerPool,
  recording: SignalSource,
  { leads, rPeaks, pacing }: PreparedRecording,
  { device, signal }: AnalysisOptions,
  onDone: (step: number) => void,
): Promise<RhythmSignal> {
  const found = { leads, rPeaks, paced: pacing.paced };
  return analyseRhythm(recording, found, device.samples, pool.threads, async (work, share) => {
    const handedOver = ownMemory([work.millivolts, work.rPeaks]);
    const answer = await pool.run({ kind: 'rhythm', device, ...work }, signal, handedOver);
    onDone(share);
    return answer;
  });
}

/** Stretch by stretch, as many at once as there are threads: the inputs of a whole day would take 250 MB. */
async function classifyAll(
  pool: WorkerPool,
  recording: SignalSource,
  { leads, rPeaks }: PreparedRecording,
  options: AnalysisOptions,
  onDone: (step: number) => void,
): Promise<{ columns: BeatColumns; ensemble: BeatEnsemble }> {
  const work = beatWork(recording, { leads }, rPeaks, loadBeatModel().model.input);
  const columns = emptyColumns(rPeaks.length, (bytes) => new SharedArrayBuffer(bytes));
  const tally = new EnsembleTally(rPeaks.length, options.device.samples);
  const inOrder = new InOrder(options.onEnsemble);
  let next = 0;
  const take = async (): Promise<void> => {
    while (next < work.stretches.length) {
      const stretch = work.stretches[next++]!;
      const inputs = await workOn(pool, recording, describeStage, work.workOf(stretch), options.signal);
      await classifyStretch(pool, stretch.from, inputs, options, (part, firstBeat) => {
        placeColumns(columns, part, firstBeat);
        tally.add(part.ensembleProbabilities, firstBeat);
        inOrder.add(part.ensembleProbabilities, firstBeat, part.label.length);
        onDone(part.label.length / rPeaks.length);
      });
    }
  };
  await Promise.all(Array.from({ length: pool.threads }, take));
  return { columns, ensemble: tally.ensemble() };
}

/** Passes on what is classified in the order of time: threads end in any order. */
class InOrder {
  readonly #waiting = new Map<number, { rows: EnsembleRows; beats: number }>();
  readonly #pass: ((rows: EnsembleRows) => void) | undefined;
  #next = 0;

  constructor(pass: ((rows: EnsembleRows) => void) | undefined) {
    this.#pass = pass;
  }

  add(rows: EnsembleRows, firstBeat: number, beats: number): void {
    if (this.#pass === undefined) return;
    this.#waiting.set(firstBeat, { rows, beats });
    for (let part = this.#waiting.get(this.#next); part; part = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#next += part.beats;
      this.#pass(part.rows);
    }
  }
}

async function classifyStretch(
  pool: WorkerPool,
  firstBeat: number,
  inputs: BeatInputs,
  options: AnalysisOptions,
  onClassified: (part: ClassifiedBeats, firstBeat: number) => void,
): Promise<void> {
  const beats = inputs.classifiable.length;
  const { input } = loadBeatModel().model.network;
  const signalLength = inputSize(input);
  const starts = Array.from({ length: Math.ceil(beats / BEATS_A_BATCH) }, (_, i) => i * BEATS_A_BATCH);
  await Promise.all(
    starts.map(async (start) => {
      const end = Math.min(beats, start + BEATS_A_BATCH);
      // Memory of their own, handed over: a task carries its beats and not the whole stretch's.
      const part = {
        signals: inputs.signals.slice(start * signalLength, end * signalLength),
        auxiliary: inputs.auxiliary.slice(start * input.auxiliaryFeatures, end * input.auxiliaryFeatures),
        classifiable: inputs.classifiable.slice(start, end),
      };
      const columns = await pool.run(
        { kind: 'classify', device: options.device, firstBeat: firstBeat + start, ...part },
        options.signal,
        ownMemory(Object.values(part)),
      );
      onClassified(columns, firstBeat + start);
    }),
  );
}

function provenanceOf(opened: ReadableRecord, options: AnalysisOptions): Provenance {
  const { device } = options;
  const { model, sha256 } = loadBeatModel();
  return {
    inputs: opened.inputs,
    contentSha256: opened.contentSha256,
    model: BEAT_MODEL,
    modelSha256: sha256,
    calibrationId: model.calibration.id,
    deviceProfile: device.profile,
    deviceProfileSha256: loadDeviceProfile(device.profile).sha256,
    driftSeconds: device.driftSeconds,
    driftCompensation: device.driftCompensation,
    programmingSeed: device.programmingSeed,
    samples: device.samples,
    seed: device.seed,
    tiles: beatArray(device).tiles,
    rhythm: rhythmProvenance(device),
    softwareVersion: options.softwareVersion,
  };
}
