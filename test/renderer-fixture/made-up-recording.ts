/** A made-up two-lead recording with ectopy, a pause, noise and a lead that falls off. Not a patient's. */
import { BEAT_CLASSES, type BeatClass, type BeatTable, NO_CONFORMAL_SET } from '../../src/contract/ecg.ts';

export const SAMPLING_RATE_HZ = 360;

/** Small repeatable generator (mulberry32); nothing here needs to be strong. */
export function randomStream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export interface MadeUpRecording {
  leads: Float32Array[];
  beats: BeatTable;
  /** Per second and lead, as in LeadQuality. */
  secondState: Uint8Array[];
}

/** [seconds from the R peak, width in seconds, millivolts in lead 0, in lead 1] */
type Wave = [number, number, number, number];
const NARROW: Wave[] = [
  [-0.16, 0.022, 0.12, 0.06],
  [-0.025, 0.009, -0.1, 0.05],
  [0, 0.011, 1.25, -0.55],
  [0.028, 0.01, -0.28, 0.3],
  [0.26, 0.05, 0.28, -0.12],
];
const PREMATURE: Wave[] = [[-0.13, 0.018, 0.07, -0.05], ...NARROW.slice(1)];
const WIDE: Wave[] = [
  [-0.01, 0.035, 1.5, 0.9],
  [0.07, 0.04, -0.55, -0.6],
  [0.3, 0.06, -0.42, -0.3],
];

function blend(): Wave[] {
  return [
    [-0.15, 0.022, 0.1, 0.05],
    [0, 0.022, 1.3, 0.2],
    [0.05, 0.025, -0.4, -0.1],
    [0.28, 0.055, -0.05, -0.2],
  ];
}

const WAVES: Record<BeatClass, Wave[]> = { N: NARROW, S: PREMATURE, V: WIDE, F: blend(), Q: NARROW };

export function makeRecording(seconds: number, seed: number): MadeUpRecording {
  const random = randomStream(seed);
  const length = Math.round(seconds * SAMPLING_RATE_HZ);
  const leads = [new Float32Array(length), new Float32Array(length)];
  const secondState = [new Uint8Array(Math.floor(seconds)), new Uint8Array(Math.floor(seconds))];
  const rows: { sample: number; label: BeatClass }[] = [];
  let at = 0.5;
  let forced: BeatClass[] = [];
  while (at < seconds - 1) {
    const hour = at / seconds;
    const rr = 0.82 + 0.12 * Math.sin(hour * 9) + 0.03 * Math.sin(at / 2.1) + 0.02 * (random() - 0.5);
    const draw = random();
    const label: BeatClass =
      forced.shift() ?? (draw < 0.05 ? 'V' : draw < 0.08 ? 'S' : draw < 0.088 ? 'F' : 'N');
    const early = label === 'N' ? rr : label === 'F' ? rr * 0.92 : rr * 0.66;
    at += rows.length > 0 ? early : 0;
    const previous = rows.at(-1)?.label;
    if (label === 'N' && (previous === 'V' || previous === 'F')) at += rr * 0.3;
    if (rows.length === 120) at += 3.4;
    if (rows.length === 60) forced = ['V', 'V', 'V', 'V'];
    if (rows.length === 200) forced = ['V', 'V'];
    rows.push({ sample: Math.round(at * SAMPLING_RATE_HZ), label });
  }
  const noisyFrom = Math.floor(seconds * 0.55);
  const offFrom = Math.floor(seconds * 0.7);
  for (let second = noisyFrom; second < noisyFrom + seconds * 0.03; second++) {
    secondState[0]![second] = 1;
    secondState[1]![second] = 1;
  }
  for (let second = offFrom; second < offFrom + seconds * 0.05; second++) secondState[1]![second] = 2;
  leads.forEach((millivolts, lead) => {
    for (let i = 0; i < length; i++) {
      const t = i / SAMPLING_RATE_HZ;
      const noise = secondState[lead]![Math.floor(t)] === 1 ? 0.9 : 0.025;
      millivolts[i] = -0.3 + 0.06 * Math.sin(t * 1.4) + noise * (random() + random() - 1);
    }
    for (const { sample, label } of rows) {
      for (const [offset, width, first, second] of WAVES[label]) {
        const centre = sample + offset * SAMPLING_RATE_HZ;
        const spread = width * SAMPLING_RATE_HZ;
        const from = Math.max(0, Math.floor(centre - 4 * spread));
        const to = Math.min(length, Math.ceil(centre + 4 * spread));
        for (let i = from; i < to; i++) {
          const z = (i - centre) / spread;
          millivolts[i]! += (lead === 0 ? first : second) * Math.exp(-0.5 * z * z);
        }
      }
    }
    for (let i = 0; i < length; i++) {
      if (secondState[lead]![Math.floor(i / SAMPLING_RATE_HZ)] === 2) millivolts[i] = -0.3;
    }
  });
  return { leads, secondState, beats: tableOf(rows, secondState, random) };
}

function tableOf(
  rows: { sample: number; label: BeatClass }[],
  secondState: Uint8Array[],
  random: () => number,
): BeatTable {
  const n = rows.length;
  const table: BeatTable = {
    sample: Int32Array.from(rows, (row) => row.sample),
    label: new Uint8Array(n),
    machineLabel: new Uint8Array(n),
    origin: new Uint8Array(n),
    probabilities: new Float32Array(n * 4),
    probabilityLow: new Float32Array(n * 4),
    probabilityHigh: new Float32Array(n * 4),
    aleatoric: new Float32Array(n),
    epistemic: new Float32Array(n),
    recommendation: new Uint8Array(n),
    conformalSet: new Uint8Array(n).fill(NO_CONFORMAL_SET),
  };
  rows.forEach(({ sample, label }, i) => {
    const second = Math.floor(sample / SAMPLING_RATE_HZ);
    if (secondState.every((states) => states[second] !== 0)) {
      table.label[i] = table.machineLabel[i] = BEAT_CLASSES.indexOf('Q');
      for (const column of [table.probabilities, table.probabilityLow, table.probabilityHigh]) {
        column.fill(Number.NaN, i * 4, i * 4 + 4);
      }
      table.aleatoric[i] = table.epistemic[i] = Number.NaN;
      table.recommendation[i] = 1;
      return;
    }
    const code = BEAT_CLASSES.indexOf(label);
    const doubt = random() ** (label === 'N' ? 14 : 3);
    const top = 0.995 - 0.5 * doubt;
    const second2 = label === 'N' ? 1 : label === 'F' ? 2 : 0;
    const epistemic = doubt > 0.3 ? 0.16 * random() : 0.004;
    let entropy = 0;
    for (let c = 0; c < 4; c++) {
      const rest = 1 - top;
      const p = c === code ? top : c === second2 ? rest * 0.8 : rest * 0.1;
      table.probabilities[i * 4 + c] = p;
      const half = Math.min(p, 1 - p) * (0.1 + 4 * epistemic);
      table.probabilityLow[i * 4 + c] = Math.max(0, p - half);
      table.probabilityHigh[i * 4 + c] = Math.min(1, p + half);
      entropy -= p * Math.log(Math.max(p, 1e-6));
    }
    table.label[i] = table.machineLabel[i] = code;
    table.aleatoric[i] = Math.max(0, entropy - epistemic);
    table.epistemic[i] = epistemic;
    table.conformalSet[i] = (1 << code) | (top < 0.9 ? 1 << second2 : 0);
    table.recommendation[i] = epistemic > 0.13 ? 2 : top < 0.85 ? 1 : 0;
  });
  return table;
}
