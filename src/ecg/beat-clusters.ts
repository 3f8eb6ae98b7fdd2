/**
 * Beats of like shape, found over a whole recording without labels. A first pass gathers shapes as they come (leader
 * clustering), a second one gives each beat to the shape that it is most like; both look at a bounded number of shapes,
 * so that time is linear in the number of beats.
 */
import { type ConditionedLead, conditionedLead } from './beat-lead.ts';
import { BEAT_RATE_HZ } from './beat-window.ts';
import { round, type Signal, type SignalSource, type Stage, type Staged } from './stretches.ts';

/** QRS and most of ST and T: 120 ms before the centre of the complex to 300 ms after it. */
const BEFORE = Math.round(0.12 * BEAT_RATE_HZ);
const LENGTH = BEFORE + Math.round(0.3 * BEAT_RATE_HZ);
/** A complex is moved to its centre of slope within this reach, then by a sample to either side where it fits better. */
const CENTRE_REACH = Math.round(0.08 * BEAT_RATE_HZ);
const SHIFTS = [0, -1, 1] as const;
/** A beat this much like a shape belongs to it at once; below the second figure it belongs to none. */
const ALIKE = 0.9;
const AKIN = 0.75;
/** Shapes this much alike, after both have grown, are one. */
const MERGED = 0.93;
/** Shapes that the first pass keeps in mind: new ones take the place of the oldest that only one beat has. */
const REMEMBERED = 96;
/** A shape follows its beats as a mean over about so many. */
const MEMORY = 64;
/** Below this a window is flat, mV^2 summed. */
const FLAT = 1e-6;

export interface BeatClusters {
  /** Cluster of each beat, largest cluster first; `none` where it could not be seen. */
  memberOf: Uint8Array;
  /** Correlation of each beat with its cluster's shape; NaN where it has none. */
  likeness: Float32Array;
  clusters: number;
}

export const NO_CLUSTER = 255;

interface Shape {
  /** Of unit energy, each lead's mean taken off. */
  values: Float64Array;
  beats: number;
  last: number;
}

/** Beats that lie within this time are looked at together. */
const GROUP_SECONDS = 1800;
/** Signal on either side of a group, for gaps to be bridged and baselines to be found. */
const AROUND_SECONDS = 60;

/** The beats of a group and where its piece lies in the recording. */
interface BeatGroup {
  rPeaks: Int32Array;
  startSample: number;
  totalSamples: number;
}

/** Shapes as far as the beats seen so far tell, and the one of the last beat. */
interface Gathering {
  shapes: Shape[];
  previous: number;
}

/** Goes on gathering shapes with the beats of one more group. */
export const gatherStage: Stage<BeatGroup & { so: Gathering; firstBeat: number }, Gathering> = {
  name: 'beat-shapes-gather',
  run: ({ so, firstBeat, ...group }, [signal]) => gathered(new Windows(signal!, group), so, firstBeat),
};

/** The likest shape of each beat of a group, the number of shapes where none is like it. */
export const assignStage: Stage<
  BeatGroup & { shapes: Shape[] },
  { shapeOf: Uint8Array; likeness: Float32Array }
> = {
  name: 'beat-shapes-assign',
  run: ({ shapes, ...group }, [signal]) => likest(new Windows(signal!, group), shapes),
};

/**
 * @param rPeaks sample indices, ascending
 * @param leads places of one or two leads
 * @param most clusters at the end, at most 254; what is like none of them is the last one
 */
export function* clusterStages(
  { samplingRateHz, lengthSamples }: Omit<SignalSource, 'readWindow'>,
  rPeaks: Int32Array,
  leads: readonly number[],
  most: number,
): Staged<BeatClusters> {
  const margin = Math.round(AROUND_SECONDS * samplingRateHz);
  const groups = groupsOf(rPeaks, GROUP_SECONDS * samplingRateHz).map(({ from, to }) => {
    const startSample = Math.max(0, rPeaks[from]! - margin);
    const endSample = Math.min(lengthSamples, rPeaks[to - 1]! + margin);
    return {
      firstBeat: from,
      group: { rPeaks: rPeaks.slice(from, to), startSample, totalSamples: lengthSamples },
      pieces: [{ startSample, lengthSamples: endSample - startSample, leads }],
    };
  });
  let so: Gathering = { shapes: [], previous: 0 };
  for (const { group, firstBeat, pieces } of groups) {
    [so] = (yield* round(gatherStage, [{ input: { ...group, so, firstBeat }, pieces }])) as [Gathering];
  }
  const shapes = merged(so.shapes).slice(0, most - 1);
  const parts = yield* round(
    assignStage,
    groups.map(({ group, pieces }) => ({ input: { ...group, shapes }, pieces })),
  );
  const shapeOf = new Uint8Array(rPeaks.length);
  const likeness = new Float32Array(rPeaks.length);
  for (const [i, part] of parts.entries()) {
    shapeOf.set(part.shapeOf, groups[i]!.firstBeat);
    likeness.set(part.likeness, groups[i]!.firstBeat);
  }
  return numbered(shapeOf, likeness, shapes.length);
}

/** Consecutive beats within a time, samples. */
function groupsOf(rPeaks: Int32Array, length: number): { from: number; to: number }[] {
  const groups: { from: number; to: number }[] = [];
  for (let from = 0; from < rPeaks.length; ) {
    let to = from + 1;
    while (to < rPeaks.length && rPeaks[to]! < rPeaks[from]! + length) to++;
    groups.push({ from, to });
    from = to;
  }
  return groups;
}

/** Windows of the beats, cut one at a time into the same memory. */
class Windows {
  readonly size: number;
  readonly beats: number;
  readonly #leads: readonly ConditionedLead[];
  readonly #rPeaks: Int32Array;
  readonly #scale: number;
  /** Of the present beat, one for each of SHIFTS; unit energy. */
  readonly shifted: Float64Array[];

  constructor({ leads, samplingRateHz }: Signal, { rPeaks, startSample, totalSamples }: BeatGroup) {
    this.#leads = leads.map(({ millivolts }) =>
      conditionedLead(millivolts, samplingRateHz, startSample, totalSamples),
    );
    this.#rPeaks = rPeaks;
    this.#scale = BEAT_RATE_HZ / samplingRateHz;
    this.size = LENGTH * leads.length;
    this.beats = rPeaks.length;
    this.shifted = SHIFTS.map(() => new Float64Array(this.size));
  }

  /** @returns false where the beat's window is flat */
  cut(beat: number): boolean {
    const centre = this.#centre(Math.round(this.#rPeaks[beat]! * this.#scale));
    return SHIFTS.every((shift, k) => this.#cutAt(centre + shift, this.shifted[k]!));
  }

  /** Centre of the squared slope over both leads. */
  #centre(fiducial: number): number {
    let [weight, moment] = [0, 0];
    for (const { values: lead, first } of this.#leads) {
      for (let k = -CENTRE_REACH; k <= CENTRE_REACH; k++) {
        const at = fiducial + k - first;
        if (at < 1 || at + 1 >= lead.length) continue;
        const slope = lead[at + 1]! - lead[at - 1]!;
        weight += slope * slope;
        moment += k * slope * slope;
      }
    }
    return weight > 0 ? fiducial + Math.round(moment / weight) : fiducial;
  }

  #cutAt(centre: number, into: Float64Array): boolean {
    let energy = 0;
    for (const [l, { values: lead, first }] of this.#leads.entries()) {
      const last = lead.length - 1;
      let sum = 0;
      for (let j = 0; j < LENGTH; j++) {
        const at = centre - BEFORE + j - first;
        const value = last < 0 ? 0 : lead[at < 0 ? 0 : at > last ? last : at]!;
        into[l * LENGTH + j] = value;
        sum += value;
      }
      const mean = sum / LENGTH;
      for (let j = l * LENGTH; j < (l + 1) * LENGTH; j++) {
        const value = into[j]! - mean;
        into[j] = value;
        energy += value * value;
      }
    }
    if (!(energy > FLAT)) return false;
    const scale = 1 / Math.sqrt(energy);
    for (let j = 0; j < into.length; j++) into[j]! *= scale;
    return true;
  }
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}

/** The shape that the present window is most like, and at which shift; shapes are tried from `first` on. */
function nearest(
  windows: Windows,
  shapes: readonly Shape[],
  first: number,
  enough: number,
): { shape: number; shift: number; likeness: number } {
  const best = { shape: -1, shift: 0, likeness: -2 };
  for (let n = 0; n < shapes.length; n++) {
    const shape = (first + n) % shapes.length;
    for (let shift = 0; shift < SHIFTS.length; shift++) {
      const likeness = product(windows.shifted[shift]!, shapes[shape]!.values);
      if (likeness > best.likeness) Object.assign(best, { shape, shift, likeness });
    }
    if (best.likeness >= enough) return best;
  }
  return best;
}

function gathered(windows: Windows, so: Gathering, firstBeat: number): Gathering {
  const shapes: Shape[] = so.shapes.map((shape) => ({ ...shape, values: shape.values.slice() }));
  let { previous } = so;
  for (let own = 0; own < windows.beats; own++) {
    if (!windows.cut(own)) continue;
    const beat = firstBeat + own;
    const best = nearest(windows, shapes, previous, 0.97);
    if (best.likeness >= ALIKE) {
      follow(shapes[best.shape]!, windows.shifted[best.shift]!, beat);
      previous = best.shape;
      continue;
    }
    const fresh: Shape = { values: windows.shifted[0]!.slice(), beats: 1, last: beat };
    if (shapes.length < REMEMBERED) {
      previous = shapes.push(fresh) - 1;
      continue;
    }
    const oldest = oldestSingle(shapes);
    if (oldest < 0) continue;
    shapes[oldest] = fresh;
    previous = oldest;
  }
  return { shapes, previous };
}

/** -1 where every shape has more than one beat. */
function oldestSingle(shapes: readonly Shape[]): number {
  let oldest = -1;
  shapes.forEach(({ beats, last }, i) => {
    if (beats === 1 && (oldest < 0 || last < shapes[oldest]!.last)) oldest = i;
  });
  return oldest;
}

function follow(shape: Shape, window: Float64Array, beat: number): void {
  const weight = 1 / Math.min(MEMORY, shape.beats + 1);
  const { values } = shape;
  let energy = 0;
  for (let j = 0; j < values.length; j++) {
    values[j]! += weight * (window[j]! - values[j]!);
    energy += values[j]! * values[j]!;
  }
  const scale = energy > 0 ? 1 / Math.sqrt(energy) : 1;
  for (let j = 0; j < values.length; j++) values[j]! *= scale;
  shape.beats++;
  shape.last = beat;
}

/** Largest first; a shape like a larger one goes into that. */
function merged(shapes: readonly Shape[]): Shape[] {
  const order = [...shapes].sort((a, b) => b.beats - a.beats || a.last - b.last);
  const kept: Shape[] = [];
  for (const shape of order) {
    const like = kept.find((other) => product(other.values, shape.values) >= MERGED);
    if (like === undefined) kept.push(shape);
    else like.beats += shape.beats;
  }
  return kept.sort((a, b) => b.beats - a.beats || a.last - b.last);
}

function likest(windows: Windows, shapes: readonly Shape[]): { shapeOf: Uint8Array; likeness: Float32Array } {
  const shapeOf = new Uint8Array(windows.beats).fill(NO_CLUSTER);
  const likeness = new Float32Array(windows.beats).fill(Number.NaN);
  for (let beat = 0; beat < windows.beats; beat++) {
    if (!windows.cut(beat)) continue;
    const best = nearest(windows, shapes, 0, 2);
    shapeOf[beat] = best.likeness >= AKIN ? best.shape : shapes.length;
    likeness[beat] = best.likeness;
  }
  return { shapeOf, likeness };
}

/** Clusters in the order of their size; of shapes without a beat there are none. */
function numbered(shapeOf: Uint8Array, likeness: Float32Array, shapes: number): BeatClusters {
  const counts = new Int32Array(shapes + 1);
  for (const shape of shapeOf) if (shape !== NO_CLUSTER) counts[shape]!++;
  // What is like none stays last, however many it is: it is no one shape.
  const order = Array.from({ length: shapes }, (_, shape) => shape)
    .filter((shape) => counts[shape]! > 0)
    .sort((a, b) => counts[b]! - counts[a]! || a - b);
  if (counts[shapes]! > 0) order.push(shapes);
  const numbers = new Map(order.map((shape, number) => [shape, number]));
  return {
    memberOf: shapeOf.map((shape) => numbers.get(shape) ?? NO_CLUSTER),
    likeness,
    clusters: order.length,
  };
}
