/**
 * Pre-excitation made of real recordings, all leads: the P wave is moved towards the complex, and a part of the largest
 * QRS vector is added from some time before the complex on, rising faster and faster to the old onset (as the
 * beats of record 230 do, whose share there is 0.4), gone at the end. P to the end of the
 * complex stays as the PR interval allows. No database here has patients with pre-excitation but one record.
 */
import type { EcgRecording } from '../ecg/recording.ts';
import { limitsOverLeads } from '../ecg/wave-limits.ts';
import { LUDB_LEAD_II, type LudbRecord } from './ludb.ts';

/** How long before the complex ventricular activation begins, and what share of the largest vector it reaches. */
export const MADE_PRE_EXCITATION = {
  'short PR, no delta wave': { earlyMs: 0, share: 0 },
  slight: { earlyMs: 30, share: 0.15 },
  moderate: { earlyMs: 45, share: 0.27 },
  marked: { earlyMs: 60, share: 0.4 },
} as const;
export type MadePreExcitation = keyof typeof MADE_PRE_EXCITATION;

/** From the onset of P to the delta wave at most. */
const MADE_PR_MS = 105;
const GAP_SECONDS = 0.12;

/** Null without marked P waves or in a rhythm without such. */
export function madePreExcitation(
  { recording, marked, paced, rhythm }: LudbRecord,
  made: MadePreExcitation,
): EcgRecording | null {
  if (paced || /fibrillation|flutter|wandering/i.test(rhythm)) return null;
  const { earlyMs, share } = MADE_PRE_EXCITATION[made];
  const rate = recording.samplingRateHz;
  const samples = (ms: number) => Math.round((ms * rate) / 1000);
  const near = (waves: LudbRecord['marked'][number]['p'], from: number, to: number) =>
    waves.find(({ peak }) => peak >= from && peak <= to) ?? null;
  const leads = recording.leads.map((lead) => ({ ...lead, millivolts: lead.millivolts.slice() }));
  const beats: number[] = [];
  for (const { peak } of marked[LUDB_LEAD_II]!.qrs) {
    const { p, qrs } = limitsOverLeads(
      marked.map((waves) => ({
        p: near(waves.p, peak - 0.45 * rate, peak - 0.03 * rate),
        qrs: near(waves.qrs, peak - 0.08 * rate, peak + 0.08 * rate),
        t: null,
      })),
    );
    if (p === null || qrs === null) continue;
    beats.push(peak);
    const room = Math.max(0, qrs.onset - p.end);
    const later = Math.min(room, Math.max(0, qrs.onset - p.onset - samples(MADE_PR_MS + earlyMs)));
    const start = Math.max(0, p.onset - Math.round(GAP_SECONDS * rate));
    const from = [start, p.onset, p.end, qrs.onset];
    const to = [start, p.onset + later, p.end + later, qrs.onset];
    const place = (i: number): number => {
      let k = 0;
      while (k < 2 && i >= to[k + 1]!) k++;
      const [a, b] = [to[k]!, to[k + 1]!];
      return b <= a ? from[k + 1]! : from[k]! + ((i - a) * (from[k + 1]! - from[k]!)) / (b - a);
    };
    const original = recording.leads.map(({ millivolts }) => millivolts);
    let [largest, height] = [qrs.onset, 0];
    for (let i = qrs.onset; i <= qrs.end; i++) {
      const size = original.reduce((sum, x) => sum + (x[i]! - x[qrs.onset]!) ** 2, 0);
      if (size > height) [largest, height] = [i, size];
    }
    const begin = qrs.onset - samples(earlyMs);
    const vector = original.map((x) => x[largest]! - x[qrs.onset]!);
    /** How far the beat's own activation has come towards its largest vector, 0 to 1. */
    const progress = (i: number): number => {
      if (i <= qrs.onset || height === 0) return 0;
      const along = original.reduce((sum, x, lead) => sum + (x[i]! - x[qrs.onset]!) * vector[lead]!, 0);
      return Math.min(1, Math.max(0, along / height));
    };
    leads.forEach(({ millivolts }, lead) => {
      const x = original[lead]!;
      for (let i = start; i < qrs.onset; i++) {
        const at = place(i);
        const left = Math.floor(at);
        millivolts[i] = x[left]! + (x[left + 1]! - x[left]!) * (at - left);
      }
      if (earlyMs === 0) return;
      for (let i = Math.max(0, begin); i < largest; i++) {
        const rising = (i - begin) / (qrs.onset - begin);
        // What the early wave has excited already the fast one excites no more.
        const part = Math.min(1, share * rising * Math.sqrt(rising)) * (1 - progress(i));
        millivolts[i] = millivolts[i]! + vector[lead]! * part;
      }
    });
  }
  if (beats.length < 4) return null;
  // Beats at the ends were not marked, and stay as they were: they are cut off.
  const first = Math.max(0, beats[0]! - Math.round(0.6 * rate));
  const last = Math.min(recording.lengthSamples, beats[beats.length - 1]! + Math.round(0.6 * rate));
  return {
    ...recording,
    lengthSamples: last - first,
    leads: leads.map((lead) => ({ ...lead, millivolts: lead.millivolts.slice(first, last) })),
  };
}
