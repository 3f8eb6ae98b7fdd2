/** One recording from signal to findings, spread over worker threads. The window and the batch both use this. */
import type { BeatTable, EcgSummary, Finding } from '../contract/ecg.ts';
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';
import type { RhythmSignal } from '../contract/rhythm.ts';
import { beatTableOf, type ClassifiedBeats, joinBatches } from '../diagnosis/ecg-beats/classify.ts';
import { applyCorrections } from '../diagnosis/ecg-beats/corrections.ts';
import type { BeatEnsemble } from '../diagnosis/ecg-beats/ensemble.ts';
import { type Headline, headlineOf, pacedFinding } from '../diagnosis/ecg-beats/findings.ts';
import type { RecordingFacts } from '../diagnosis/ecg-beats/summarise.ts';
import { summariseStudy } from '../diagnosis/ecg-rhythm/summarise-study.ts';
import type { BeatInputs } from '../ecg/beats.ts';
import { inputSize } from '../imc/network.ts';
import { analyseRhythm } from './analyse-rhythm.ts';
import { BEAT_MODEL, loadBeatModel } from './beat-model.ts';
import { loadDeviceProfile } from './device-profiles.ts';
import { tilesInUse } from './programmed-array.ts';
import type { OpenedRecord } from './read-record.ts';
import { rhythmProvenance } from './rhythm-model.ts';
import type { PreparedRecording } from './tasks.ts';
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
}

/** Throws KirchhoffError (`cancelled`, or what the recording lacks). */
export async function analyseRecording(
  pool: WorkerPool,
  opened: OpenedRecord,
  options: AnalysisOptions,
): Promise<RecordAnalysis> {
  const { recording } = opened;
  const prepared = await pool.run({ kind: 'prepare', recording }, options.signal);
  options.onProgress?.(PREPARED_SHARE);
  const progress = new WeightedProgress(PREPARED_SHARE, options.onProgress);
  const [batches, rhythm] = await Promise.all([
    classifyAll(pool, prepared, options, progress.part(BEATS_SHARE)),
    rhythmOf(pool, recording, prepared, options, progress.part(1 - BEATS_SHARE)),
  ]);
  const columns = joinBatches(batches);
  const beats = beatTableOf(prepared.rPeaks, columns);
  const ensemble = { samples: options.device.samples, probabilities: columns.ensembleProbabilities };
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

/** Adds up what parts of the work that run side by side have done. */
class WeightedProgress {
  #done: number;
  readonly #left: number;
  readonly #report: ((share: number) => void) | undefined;

  constructor(done: number, report: ((share: number) => void) | undefined) {
    this.#done = done;
    this.#left = 1 - done;
    this.#report = report;
  }

  /** A part with this share of what is left; the function takes steps that sum to 1. */
  part(share: number): (step: number) => void {
    return (step) => {
      this.#done += this.#left * share * step;
      this.#report?.(Math.min(1, this.#done));
    };
  }
}

/** Rhythm from the signal and by its network; of a paced recording only that it is paced. */
async function rhythmOf(
  pool: WorkerPool,
  recording: OpenedRecord['recording'],
  { leads, rPeaks, pacing }: PreparedRecording,
  { device, signal }: AnalysisOptions,
  onDone: (step: number) => void,
): Promise<RhythmSignal> {
  const found = { leads, rPeaks, paced: pacing.paced };
  return analyseRhythm(recording, found, device.samples, pool.threads, async (work, share) => {
    const answer = await pool.run({ kind: 'rhythm', device, ...work }, signal);
    onDone(share);
    return answer;
  });
}

/** Stretch by stretch, as many at once as there are threads: the inputs of a whole day would take 250 MB. */
async function classifyAll(
  pool: WorkerPool,
  prepared: PreparedRecording,
  options: AnalysisOptions,
  onDone: (step: number) => void,
) {
  const { beats } = prepared;
  const { stretches } = beats;
  const columns: ClassifiedBeats[][] = new Array(stretches.length);
  let next = 0;
  const take = async (): Promise<void> => {
    while (next < stretches.length) {
      const index = next++;
      const stretch = stretches[index];
      const inputs = await pool.run({ kind: 'describe', beats, stretch }, options.signal);
      columns[index] = await classifyStretch(pool, stretch.from, inputs, options, (classified) => {
        onDone(classified / prepared.rPeaks.length);
      });
    }
  };
  await Promise.all(Array.from({ length: pool.threads }, take));
  return columns.flat();
}

function classifyStretch(
  pool: WorkerPool,
  firstBeat: number,
  inputs: BeatInputs,
  options: AnalysisOptions,
  onClassified: (beats: number) => void,
): Promise<ClassifiedBeats[]> {
  const beats = inputs.classifiable.length;
  const { input } = loadBeatModel().model.network;
  const signalLength = inputSize(input);
  const starts = Array.from({ length: Math.ceil(beats / BEATS_A_BATCH) }, (_, i) => i * BEATS_A_BATCH);
  return Promise.all(
    starts.map(async (start) => {
      const end = Math.min(beats, start + BEATS_A_BATCH);
      const columns = await pool.run(
        {
          kind: 'classify',
          device: options.device,
          firstBeat: firstBeat + start,
          // Copies of their own, so that a task carries its beats and not the whole stretch's.
          signals: inputs.signals.slice(start * signalLength, end * signalLength),
          auxiliary: inputs.auxiliary.slice(start * input.auxiliaryFeatures, end * input.auxiliaryFeatures),
          classifiable: inputs.classifiable.slice(start, end),
        },
        options.signal,
      );
      onClassified(end - start);
      return columns;
    }),
  );
}

function provenanceOf(opened: OpenedRecord, options: AnalysisOptions): Provenance {
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
    tiles: tilesInUse(device),
    rhythm: rhythmProvenance(device),
    softwareVersion: options.softwareVersion,
  };
}
