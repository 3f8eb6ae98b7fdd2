/**
 * Recordings of any length, looked at stretch by stretch. An analysis is written once, as stages that each give the
 * pieces of signal that they need and put the answers together; whoever runs it reads the pieces from memory, from a
 * file or from the records, and works on them one after the other or in several threads. No more of the signal than the
 * pieces under way is in memory.
 *
 * A recording of up to `WHOLE_SAMPLES` samples is one stretch. Of a longer one each stretch is seen with a margin in
 * which filters settle: what is found in it differs from what the whole would give by the last bit of a sample at most.
 * A gap that reaches beyond the margin is bridged at the level of its near end, not by a line to the far one.
 */
import type { OpenedRecording } from './formats/opened-recording.ts';
import type { EcgRecording } from './recording.ts';

/** Signal in memory: of a whole recording or of a piece of one. */
export type Signal = Pick<EcgRecording, 'samplingRateHz' | 'lengthSamples' | 'leads'>;
/** Signal that is read piece by piece. */
export type SignalSource = Pick<OpenedRecording, 'samplingRateHz' | 'lengthSamples' | 'leads' | 'readWindow'>;

/** Where a piece of signal lies, recording samples; `leads` are places of those that are wanted, all where absent. */
export interface Piece {
  startSample: number;
  lengthSamples: number;
  leads?: readonly number[];
}

/** What is done with pieces of signal. Pure; its input and output cross threads. */
export interface Stage<Input, Output> {
  readonly name: string;
  run(input: Input, signals: readonly Signal[]): Output;
}

export interface StageWork<Input> {
  input: Input;
  pieces: Piece[];
}

/** All the work of one stage. */
export interface StageRound {
  stage: Stage<unknown, unknown>;
  work: readonly StageWork<unknown>[];
}

/** An analysis in stages: gives rounds of work, is given their answers in the order of the work. */
export type Staged<Result> = Generator<StageRound, Result, unknown[]>;

/** One round of a staged analysis. */
export function* round<Input, Output>(
  stage: Stage<Input, Output>,
  work: readonly StageWork<Input>[],
): Staged<Output[]> {
  // Whoever runs the rounds answers each with what its stage gave.
  return (yield { stage, work }) as Output[];
}

export function signalOf(source: SignalSource, { startSample, lengthSamples, leads }: Piece): Signal {
  const millivolts = source.readWindow(startSample, lengthSamples, leads);
  const places = leads ?? [...source.leads.keys()];
  return {
    samplingRateHz: source.samplingRateHz,
    lengthSamples,
    leads: places.map((place, i) => ({ ...source.leads[place]!, millivolts: millivolts[i]! })),
  };
}

/** Runs a staged analysis of a signal in memory, in this thread. */
export function runStages<Result>(signal: Signal, staged: Staged<Result>): Result {
  const source: SignalSource = {
    ...signal,
    readWindow: (start, length, places = [...signal.leads.keys()]) =>
      places.map((place) => signal.leads[place]!.millivolts.subarray(start, start + length)),
  };
  let step = staged.next();
  while (step.done !== true) {
    const { stage, work } = step.value;
    step = staged.next(
      work.map(({ input, pieces }) =>
        stage.run(
          input,
          pieces.map((piece) => signalOf(source, piece)),
        ),
      ),
    );
  }
  return step.value;
}

/** Samples of a lead up to which a recording is one stretch, and of the stretches of a longer one: 4 MiB. */
export const WHOLE_SAMPLES = 2 ** 20;
/** With many leads stretches are shorter: values of all leads of a stretch. */
const MOST_VALUES = 2 ** 24;
const FEWEST_SAMPLES = 2 ** 18;
/** Far longer than the slowest filter of an analysis (1 Hz) takes to forget how it began. */
export const MARGIN_SECONDS = 60;
/** Stretches begin on multiples of at most this many seconds. */
const LONGEST_ALIGNMENT_SECONDS = 3600;

/** A part of a recording, recording samples, and the piece of signal around it that is needed to judge it. */
export interface Stretch {
  from: number;
  to: number;
  piece: Piece;
  /** Whole seconds before the piece. */
  firstSecond: number;
}

type Extent = Pick<SignalSource, 'samplingRateHz' | 'lengthSamples' | 'leads'>;

/** Where stretches and pieces of a recording may begin, so that what is counted from there falls as in the whole. */
export class StretchGrid {
  readonly #recording: Extent;
  readonly #unit: number;
  readonly #largest: number;
  /** Seconds from one place to the next. */
  readonly #step: number;
  readonly #marginSeconds: number;

  /**
   * Places are whole seconds and multiples of each of `multiples` samples; where the sampling rate has no such places,
   * every other second, give or take a sample.
   * @param unit samples of which every place is a multiple, whatever the rate
   * @param largest samples of a lead that a stretch may have
   */
  constructor(recording: Extent, multiples: readonly number[], unit: number, largest = WHOLE_SAMPLES) {
    this.#recording = recording;
    this.#unit = unit;
    this.#largest = largest;
    this.#step = alignmentSeconds(recording.samplingRateHz, multiples);
    this.#marginSeconds = Math.ceil(MARGIN_SECONDS / this.#step) * this.#step;
  }

  /** The recording in parts. */
  stretches(): Stretch[] {
    const { samplingRateHz, lengthSamples, leads } = this.#recording;
    if (lengthSamples <= this.#largest) {
      return [{ from: 0, to: lengthSamples, piece: { startSample: 0, lengthSamples }, firstSecond: 0 }];
    }
    const shortened = Math.max(FEWEST_SAMPLES, Math.floor(MOST_VALUES / leads.length));
    const most = Math.min(this.#largest, shortened);
    const seconds = Math.max(1, Math.floor(most / samplingRateHz / this.#step)) * this.#step;
    const stretches: Stretch[] = [];
    for (let second = 0; this.#sampleAt(second) < lengthSamples; second += seconds) {
      stretches.push(this.#stretch(second, second + seconds));
    }
    return stretches;
  }

  /** The shortest stretch that holds a sample. */
  around(sample: number): Stretch {
    const second = Math.floor(sample / this.#recording.samplingRateHz / this.#step) * this.#step;
    return this.#stretch(second, second + this.#step);
  }

  #stretch(fromSecond: number, toSecond: number): Stretch {
    const firstSecond = Math.max(0, fromSecond - this.#marginSeconds);
    const startSample = this.#sampleAt(firstSecond);
    return {
      from: this.#sampleAt(fromSecond),
      to: this.#sampleAt(toSecond),
      piece: {
        startSample,
        lengthSamples: this.#sampleAt(toSecond + this.#marginSeconds) - startSample,
      },
      firstSecond,
    };
  }

  #sampleAt(second: number): number {
    const { samplingRateHz, lengthSamples } = this.#recording;
    return Math.min(lengthSamples, Math.round((second * samplingRateHz) / this.#unit) * this.#unit);
  }
}

/** The smallest number of seconds that is a whole number of samples and of all multiples; 2 s where there is none. */
function alignmentSeconds(samplingRateHz: number, multiples: readonly number[]): number {
  for (let seconds = 1; seconds <= LONGEST_ALIGNMENT_SECONDS; seconds++) {
    const samples = seconds * samplingRateHz;
    if (Number.isInteger(samples) && multiples.every((multiple) => samples % multiple === 0)) return seconds;
  }
  return 2;
}

/** Seconds of a recording that begin within a stretch, end exclusive. */
export function secondsIn(
  { from, to }: Stretch,
  { samplingRateHz, lengthSamples }: Pick<Signal, 'samplingRateHz' | 'lengthSamples'>,
): [from: number, to: number] {
  // The last second of a recording may be shorter.
  const end = to === lengthSamples ? Math.ceil(to / samplingRateHz) : Math.round(to / samplingRateHz);
  return [Math.round(from / samplingRateHz), end];
}

/** Seconds that a stretch's piece touches, end exclusive. */
export function secondsOfPiece({ piece, firstSecond }: Stretch, samplingRateHz: number): [number, number] {
  return [firstSecond, firstSecond + Math.ceil(piece.lengthSamples / samplingRateHz)];
}
