/**
 * Whether the electrodes of a twelve-lead recording seem to be where they belong, judged on the median beat.
 *
 * Limb leads: with the arms exchanged lead I is upside down, P wave and QRS complex, while V6 is as ever; with the right
 * arm and the foot exchanged II and aVF are upside down (Batchvarov, Malik & Camm, Europace 9:1081-1090, 2007). The left
 * arm exchanged with the foot looks like another axis and is not told: what is known of the P wave (larger in I than in
 * II) called 7 % of right recordings wrong for a third of wrong ones found, LUDB odd records.
 * Precordial leads: a neighbour that fits the leads around it better than its own place does.
 */
import type { LeadPlacement } from '../contract/intervals.ts';
import type { MedianBeat } from './delineation.ts';
import type { Signal } from './stretches.ts';

const LIMB = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF'] as const;
const CHEST = ['V1', 'V2', 'V3', 'V4', 'V5', 'V6'] as const;
/** Correlation of lead I with V6 below which they look in opposite directions. */
const OPPOSITE = -0.3;
const SMALLEST_P_MILLIVOLTS = 0.02;
/** Gain of smoothness, a sum of correlations, from which two chest electrodes seem to be exchanged. */
const CHEST_GAIN = 0.25;
/** Limb leads contradict each other from this share of their energy on; of it this much may be left with one reversed. */
const CONTRADICTION_SHARE = 0.03;
const LEFT_SHARE = 0.5;

interface Beat {
  lead(name: string): Float32Array | null;
  /** From the onset of P (or of QRS) to the end of T. */
  from: number;
  to: number;
  qrs: { onset: number; end: number };
  p: { onset: number; end: number } | null;
}

export function judgePlacement(recording: Signal, median: MedianBeat | null): LeadPlacement {
  const names = recording.leads.map((lead) => lead.name);
  if (median === null || !LIMB.every((name) => names.includes(name))) {
    return { verdict: 'not-judged', why: 'The six limb leads are needed.' };
  }
  const beat = beatOf(names, median);
  if (beat === null) return { verdict: 'not-judged', why: 'No QRS complex could be delineated.' };
  return (
    invertedLead(beat) ??
    limbReversal(
      beat,
      CHEST.every((name) => names.includes(name)),
    ) ??
    chestSwap(beat, names) ?? { verdict: 'plausible' }
  );
}

function beatOf(names: readonly string[], median: MedianBeat): Beat | null {
  const qrs = median.waves.map((waves) => waves.qrs).filter((wave) => wave !== null);
  if (qrs.length === 0) return null;
  const p = median.waves.map((waves) => waves.p).filter((wave) => wave !== null);
  const t = median.waves.map((waves) => waves.t).filter((wave) => wave !== null);
  const span = (waves: readonly { onset: number; end: number }[]) => ({
    onset: Math.min(...waves.map(({ onset }) => onset)),
    end: Math.max(...waves.map(({ end }) => end)),
  });
  const complex = span(qrs);
  return {
    lead: (name) => median.leads[names.indexOf(name)] ?? null,
    from: p.length > 0 ? span(p).onset : complex.onset,
    to: t.length > 0 ? span(t).end : complex.end,
    qrs: complex,
    p: p.length >= LIMB.length / 2 ? span(p) : null,
  };
}

function correlation(a: Float32Array, b: Float32Array, from: number, to: number): number {
  let [aa, bb, ab, ma, mb] = [0, 0, 0, 0, 0];
  const count = to - from + 1;
  for (let i = from; i <= to; i++) {
    ma += a[i]! / count;
    mb += b[i]! / count;
  }
  for (let i = from; i <= to; i++) {
    aa += (a[i]! - ma) * (a[i]! - ma);
    bb += (b[i]! - mb) * (b[i]! - mb);
    ab += (a[i]! - ma) * (b[i]! - mb);
  }
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}

/** Net area of a lead's wave against the line between its limits. */
function areaOf(lead: Float32Array, { onset, end }: { onset: number; end: number }): number {
  let sum = 0;
  for (let i = onset; i <= end; i++) {
    sum += lead[i]! - (lead[onset]! + ((lead[end]! - lead[onset]!) * (i - onset)) / (end - onset));
  }
  return sum;
}

/** One limb lead whose reversal alone makes all six agree with Einthoven's and Goldberger's relations. */
function invertedLead(beat: Beat): LeadPlacement | null {
  const contradiction = (flipped: string | null): number => {
    const value = (name: string, i: number) => (name === flipped ? -1 : 1) * beat.lead(name)![i]!;
    let sum = 0;
    for (let i = beat.qrs.onset; i <= beat.qrs.end; i++) {
      const [one, two] = [value('I', i), value('II', i)];
      const differences = [
        value('III', i) - (two - one),
        value('aVR', i) + (one + two) / 2,
        value('aVL', i) - (one - two / 2),
        value('aVF', i) - (two - one / 2),
      ];
      for (const difference of differences) sum += difference * difference;
    }
    return sum;
  };
  let size = 0;
  for (const name of LIMB) {
    for (let i = beat.qrs.onset; i <= beat.qrs.end; i++) size += beat.lead(name)![i]! * beat.lead(name)![i]!;
  }
  const asIs = contradiction(null);
  if (asIs < CONTRADICTION_SHARE * size) return null;
  const best = LIMB.map((name) => ({ name, left: contradiction(name) })).sort((x, y) => x.left - y.left)[0]!;
  if (best.left > LEFT_SHARE * asIs) return null;
  return {
    verdict: 'suspected',
    fault: 'inverted-lead',
    label: `Lead ${best.name} seems to be inverted`,
    why: [`With ${best.name} reversed the six limb leads agree with each other, as it is they do not.`],
  };
}

function limbReversal(beat: Beat, withChest: boolean): LeadPlacement | null {
  const lead = (name: string) => beat.lead(name)!;
  const pArea = (name: string) => (beat.p === null ? 0 : areaOf(lead(name), beat.p));
  const like = (a: string, b: string) => correlation(lead(a), lead(b), beat.from, beat.to);
  const pHeight = (name: string) => {
    if (beat.p === null) return 0;
    let most = 0;
    for (let i = beat.p.onset; i <= beat.p.end; i++)
      most = Math.max(most, Math.abs(lead(name)[i]! - lead(name)[beat.p.onset]!));
    return most;
  };
  const iLooksAway = withChest ? like('I', 'V6') < OPPOSITE : areaOf(lead('I'), beat.qrs) < 0;
  const pSeen = (name: string) => pHeight(name) >= SMALLEST_P_MILLIVOLTS;
  if (iLooksAway && (beat.p === null || (pSeen('I') && pArea('I') < 0)) && pArea('II') >= 0) {
    return {
      verdict: 'suspected',
      fault: 'RA-LA',
      label: 'Right and left arm electrodes seem to be exchanged',
      why: [
        beat.p === null
          ? 'Lead I is the reverse of V6.'
          : 'In lead I the P wave is inverted and the complex is the reverse of V6.',
        'Dextrocardia looks like it in the limb leads, but not in V6.',
      ],
    };
  }
  if (
    beat.p !== null &&
    pSeen('II') &&
    pArea('II') < 0 &&
    pArea('aVF') < 0 &&
    pArea('aVR') > 0 &&
    areaOf(lead('II'), beat.qrs) < 0
  ) {
    return {
      verdict: 'suspected',
      fault: 'RA-LL',
      label: 'Right arm and left leg electrodes seem to be exchanged',
      why: ['In leads II and aVF the P wave and the complex are inverted, in aVR the P wave is upright.'],
    };
  }
  return null;
}

/** Neighbouring chest leads whose exchange makes the row of shapes much smoother. */
function chestSwap(beat: Beat, names: readonly string[]): LeadPlacement | null {
  if (!CHEST.every((name) => names.includes(name))) return null;
  const row = CHEST.map((name) => beat.lead(name)!);
  const roughness = (order: readonly number[]) => {
    let sum = 0;
    for (let k = 1; k < order.length; k++)
      sum += 1 - correlation(row[order[k - 1]!]!, row[order[k]!]!, beat.qrs.onset, beat.to);
    return sum;
  };
  const usual = [0, 1, 2, 3, 4, 5];
  const own = roughness(usual);
  let best = { gain: 0, pair: [0, 1] as [number, number] };
  for (let a = 0; a < 6; a++) {
    for (let b = a + 1; b < 6; b++) {
      const order = usual.slice();
      [order[a], order[b]] = [b, a];
      const gain = own - roughness(order);
      if (gain > best.gain) best = { gain, pair: [a, b] };
    }
  }
  if (best.gain < CHEST_GAIN) return null;
  const [a, b] = best.pair.map((index) => CHEST[index]!) as [string, string];
  return {
    verdict: 'suspected',
    fault: 'precordial',
    label: `Chest electrodes ${a} and ${b} seem to be exchanged`,
    why: ['The complexes change from lead to lead more smoothly with these two exchanged.'],
  };
}
