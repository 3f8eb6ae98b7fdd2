/** The statements of a summary, most urgent first, each with its certainty and its reasons. */
import {
  BEAT_CLASSES,
  type BeatClass,
  conformalClasses,
  type EcgSummary,
  type Finding,
  NO_CONFORMAL_SET,
  RECOMMENDATIONS,
  type Recommendation,
  SEVERITIES,
  type Severity,
  SPREAD_NAME,
} from '../../contract/ecg.ts';
import type { Measurement } from '../../contract/intervals.ts';
import { VT_BEATS } from '../../contract/rhythm.ts';
import type { CorrectedBeats } from './corrections.ts';
import { isUrgentTachycardia, type RunOfBeats, VT_BPM } from './runs.ts';

/** Less than this share of the recording analysable: the summary needs a look; less than the second: refused. */
export const ANALYSABLE_REVIEW = 0.9;
export const ANALYSABLE_REFUSE = 0.1;
/** Very frequent ventricular ectopy (CardioScan's urgent list: more than 10 %). */
const VE_BURDEN_URGENT = 0.1;
const SVT_SUSTAINED_SECONDS = 30;
/** A run that fewer samples than this agree on is for review. */
const RUN_AGREEMENT = 0.9;

const NOTHING_FROM_NETWORK = {
  task: 'ecg-beats',
  probability: null,
  credibleInterval90: null,
  aleatoric: null,
  epistemic: null,
  conformalSet: null,
} as const;

export function describeFindings(
  summary: EcgSummary,
  corrected: CorrectedBeats,
  found: { runs: RunOfBeats[]; couplets: RunOfBeats[] },
  samplingRateHz: number,
): Finding[] {
  const findings: Finding[] = [qualityFinding(summary), ...leadOffFindings(summary)];
  const events: (Finding | null)[] = [pauseFinding(summary, samplingRateHz)];
  for (const kind of ['ventricular', 'supraventricular'] as const) {
    events.push(
      runFinding(
        `${kind}-run`,
        found.runs.filter((run) => run.kind === kind),
        corrected,
        samplingRateHz,
      ),
      runFinding(
        `${kind}-couplet`,
        found.couplets.filter((run) => run.kind === kind),
        corrected,
        samplingRateHz,
      ),
    );
  }
  events.push(
    heartRateFinding(summary),
    burdenFinding('ve', summary, corrected),
    burdenFinding('sve', summary, corrected),
    placementFinding(summary),
    ...intervalFindings(summary),
  );
  const bySeverity = events
    .filter((finding) => finding !== null)
    .sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  return [...findings, ...bySeverity];
}

/** A paced recording is refused: no paced beat was in the training data, and EC57 leaves such records out. */
export function pacedFinding(why: string): Finding {
  return {
    ...NOTHING_FROM_NETWORK,
    code: 'paced',
    label: 'Paced rhythm: beats are not classified',
    severity: 'attention',
    value: null,
    recommendation: 'refuse',
    why: [why, 'The network was not trained on paced beats.'],
    at: null,
  };
}

/** What the worklist shows of a study. */
export interface Headline {
  severity: Severity;
  headline: string;
  recommendation: Recommendation;
  /** Share of beats recommended for review or refused, 0 to 1. */
  reviewFraction: number;
}

export function headlineOf(findings: readonly Finding[], recommendation: Uint8Array): Headline {
  const worst = [...findings].sort(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  )[0];
  const strictest = Math.max(
    ...findings.map((finding) => RECOMMENDATIONS.indexOf(finding.recommendation)),
    0,
  );
  const accepted = recommendation.reduce((n, value) => n + Number(value === 0), 0);
  return {
    severity: worst?.severity ?? 'information',
    headline: worst === undefined || worst.severity === 'information' ? 'Nothing urgent found' : worst.label,
    recommendation: RECOMMENDATIONS[strictest],
    reviewFraction: recommendation.length === 0 ? 0 : 1 - accepted / recommendation.length,
  };
}

function qualityFinding(summary: EcgSummary): Finding {
  const percent = percentText(summary.analysableFraction);
  const refused = summary.analysableFraction < ANALYSABLE_REFUSE;
  const poor = summary.analysableFraction < ANALYSABLE_REVIEW;
  return {
    ...NOTHING_FROM_NETWORK,
    code: 'quality',
    label: refused
      ? `Not analysable: only ${percent} of the recording can be read`
      : `${percent} of the recording analysable`,
    severity: poor ? 'attention' : 'information',
    value: { amount: summary.analysableFraction, unit: '1', interval90: null },
    recommendation: refused ? 'refuse' : poor ? 'review' : 'accept',
    why: summary.leads.map(
      (lead) =>
        `Lead ${lead.lead}: ${percentText(lead.analysableFraction)} analysable, off or flat ${lead.leadOffSeconds} s, saturated ${lead.saturatedSeconds} s.`,
    ),
    at: null,
  };
}

function leadOffFindings(summary: EcgSummary): Finding[] {
  return summary.leads
    .filter((lead) => lead.leadOffSeconds > 0)
    .map((lead) => ({
      ...NOTHING_FROM_NETWORK,
      code: 'lead-off',
      label: `Lead ${lead.lead} off or flat for ${lead.leadOffSeconds} s`,
      severity: 'attention',
      value: { amount: lead.leadOffSeconds, unit: 's', interval90: null },
      recommendation: 'review',
      why: ['The signal does not change for a second or more.'],
      at: null,
    }));
}

function pauseFinding(summary: EcgSummary, samplingRateHz: number): Finding | null {
  const { pauses } = summary;
  if (pauses.length === 0) return null;
  const longest = pauses.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  const seconds = longest.seconds.toFixed(1);
  return {
    ...NOTHING_FROM_NETWORK,
    code: 'pause',
    label: pauses.length === 1 ? `Pause of ${seconds} s` : `${pauses.length} pauses, longest ${seconds} s`,
    severity: 'urgent',
    value: { amount: longest.seconds, unit: 's', interval90: null },
    recommendation: 'review',
    why: [
      'No beat was found for 3 s or more in an analysable stretch.',
      'A beat too small to be found would also look like a pause: look at the strip.',
    ],
    at: {
      startSample: longest.startSample,
      endSample: longest.startSample + Math.round(longest.seconds * samplingRateHz),
    },
  };
}

function runFinding(
  code: Finding['code'],
  runs: readonly RunOfBeats[],
  corrected: CorrectedBeats,
  samplingRateHz: number,
): Finding | null {
  if (runs.length === 0) return null;
  const urgentRuns = runs.filter(isUrgentTachycardia);
  const longest = runs.reduce((a, b) => (b.beats > a.beats ? b : a));
  const shown = urgentRuns.reduce((a, b) => (b.beats > a.beats ? b : a), urgentRuns[0] ?? longest);
  const surest = runs.reduce((a, b) => ((b.probability ?? 1) > (a.probability ?? 1) ? b : a));
  const doubt = meanDoubt(corrected, beatsOf(runs));
  const isCouplet = code.endsWith('couplet');
  const name = code.startsWith('ventricular') ? 'ventricular' : 'supraventricular';
  const noun = isCouplet ? 'couplet' : 'run';
  const label = isCouplet
    ? `${runs.length} ${name} couplet${runs.length === 1 ? '' : 's'}`
    : `${runs.length} ${name} run${runs.length === 1 ? '' : 's'}, longest ${longest.beats} beats at ${Math.round(longest.rateBpm)}/min`;
  const sustained = (longest.endSample - longest.startSample) / samplingRateHz > SVT_SUSTAINED_SECONDS;
  const urgent = urgentRuns.length > 0 || (code === 'supraventricular-run' && sustained);
  const probability = surest.probability;
  return {
    task: 'ecg-beats',
    code,
    label,
    severity: urgent ? 'urgent' : 'attention',
    value: { amount: runs.length, unit: noun, interval90: null },
    probability,
    credibleInterval90: null,
    aleatoric: doubt.aleatoric,
    epistemic: doubt.epistemic,
    conformalSet: setOf(corrected, shown),
    recommendation: (probability ?? 1) < RUN_AGREEMENT || doubt.review ? 'review' : 'accept',
    why: [
      `The surest ${noun} is one in ${percentText(probability ?? 1)} of the samples of the ${SPREAD_NAME}.`,
      ...(code === 'ventricular-run' && !urgent
        ? [`Urgent from ${VT_BEATS} beats faster than ${VT_BPM}/min on, as in the urgent list.`]
        : []),
    ],
    at: { startSample: shown.startSample, endSample: shown.endSample },
  };
}

/** Classes in the set of any beat of a run that the machine labelled; null where there is none. */
function setOf({ beats }: CorrectedBeats, { firstBeat, beats: count }: RunOfBeats): BeatClass[] | null {
  let union = 0;
  let known = false;
  for (let i = firstBeat; i < firstBeat + count; i++) {
    const set = beats.conformalSet[i];
    if (beats.origin[i] !== 0 || set === NO_CONFORMAL_SET) continue;
    union |= set;
    known = true;
  }
  return known ? conformalClasses(union) : null;
}

function heartRateFinding(summary: EcgSummary): Finding | null {
  const rate = summary.heartRateBpm;
  if (rate === null) return null;
  return {
    ...NOTHING_FROM_NETWORK,
    code: 'heart-rate',
    label: `Heart rate ${Math.round(rate.mean)}/min, ${Math.round(rate.minimum)} to ${Math.round(rate.maximum)}`,
    severity: 'information',
    value: { amount: rate.mean, unit: '/min', interval90: null },
    recommendation: 'accept',
    why: ['Mean of all intervals; extremes of means over 8 intervals; stretches not analysable left out.'],
    at: null,
  };
}

function burdenFinding(kind: 've' | 'sve', summary: EcgSummary, corrected: CorrectedBeats): Finding | null {
  const burden = kind === 've' ? summary.veBurden : summary.sveBurden;
  if (burden === null) return null;
  const label = BEAT_CLASSES.indexOf(kind === 've' ? 'V' : 'S');
  const doubt = meanDoubt(corrected, beatsLabelled(corrected, label));
  const name = kind === 've' ? 'Ventricular' : 'Supraventricular';
  return {
    task: 'ecg-beats',
    code: `${kind}-burden`,
    label: `${name} ectopic burden ${percentText(burden.fraction)}`,
    severity: kind === 've' && burden.fraction > VE_BURDEN_URGENT ? 'urgent' : 'information',
    value: { amount: burden.fraction, unit: '1', interval90: burden.interval90 },
    probability: null,
    credibleInterval90: burden.interval90,
    aleatoric: doubt.aleatoric,
    epistemic: doubt.epistemic,
    conformalSet: null,
    recommendation: doubt.review ? 'review' : 'accept',
    why:
      kind === 'sve'
        ? [
            'Not valid in atrial fibrillation.',
            'Supraventricular beats are recognised much less reliably than ventricular ones; see the model card.',
          ]
        : [],
    at: null,
  };
}

/** Limits of what is usual: PR and QRS (AHA/ACCF/HRS 2009), QTc in women, the wider of the two (same, part IV). */
const PR_LONG_MS = 200;
const QRS_BROAD_MS = 120;
const QTC_LONG_MS = 460;
const QTC_VERY_LONG_MS = 500;

function intervalFindings(summary: EcgSummary): Finding[] {
  const intervals = summary.intervals ?? null;
  if (intervals === null) return [];
  const finding = (
    name: string,
    measured: Measurement | null | undefined,
    usualUpTo: number,
    severityOf: (lowMs: number) => Severity,
    byReader: number | null | undefined,
  ): Finding[] => {
    // What the reader does not see at all is no finding.
    if (byReader === null) return [];
    if (byReader !== undefined) return [readerFinding(name, byReader, measured, usualUpTo, severityOf)];
    if (!measured) return [];
    const ms = Math.round(measured.value);
    const long = measured.value > usualUpTo;
    const undecided = measured.interval90.low <= usualUpTo && measured.interval90.high > usualUpTo;
    return [
      {
        ...NOTHING_FROM_NETWORK,
        code: 'intervals',
        label: `${name} ${ms} ms${long ? ', long' : ''}`,
        severity: long ? severityOf(measured.interval90.low) : 'information',
        value: { amount: measured.value, unit: 'ms', interval90: measured.interval90 },
        recommendation: long || measured.recommendation !== 'accept' ? 'review' : 'accept',
        why: [
          `Median of ${measured.beats} beats of the usual shape over all leads.`,
          ...(undecided ? [`The interval of 90 % holds the limit of ${usualUpTo} ms.`] : []),
          ...measured.why,
        ],
        at: null,
      },
    ];
  };
  const reader = intervals.measuredByReader;
  const attention = (): Severity => 'attention';
  return [
    ...finding('PR', intervals.prMs, PR_LONG_MS, attention, reader?.prMs),
    ...finding('QRS', intervals.qrsMs, QRS_BROAD_MS, attention, reader?.qrsMs),
    ...finding('QT', intervals.qtMs, Number.POSITIVE_INFINITY, attention, reader?.qtMs),
    ...finding(
      'QTc (Fridericia)',
      intervals.qtcMs?.fridericia,
      QTC_LONG_MS,
      (lowMs) => (lowMs > QTC_VERY_LONG_MS ? 'urgent' : 'attention'),
      reader?.qtcFridericiaMs,
    ),
  ];
}

/** What a reader measured has no interval of doubt, and needs no further review. */
function readerFinding(
  name: string,
  ms: number,
  machine: Measurement | null | undefined,
  usualUpTo: number,
  severityOf: (lowMs: number) => Severity,
): Finding {
  const long = ms > usualUpTo;
  const said = machine
    ? `The machine measured ${Math.round(machine.value)} ms (${Math.round(machine.interval90.low)} to ${Math.round(machine.interval90.high)}).`
    : 'The machine gives no value.';
  return {
    ...NOTHING_FROM_NETWORK,
    code: 'intervals',
    label: `${name} ${Math.round(ms)} ms${long ? ', long' : ''}, measured by the reader`,
    severity: long ? severityOf(ms) : 'information',
    value: { amount: ms, unit: 'ms', interval90: null },
    recommendation: 'accept',
    why: ['Between limits that the reader placed on the median beat.', said],
    at: null,
  };
}

function placementFinding(summary: EcgSummary): Finding | null {
  const placement = summary.intervals?.placement;
  if (placement?.verdict !== 'suspected') return null;
  return {
    ...NOTHING_FROM_NETWORK,
    code: 'lead-placement',
    label: placement.label,
    severity: 'attention',
    value: null,
    recommendation: 'review',
    why: placement.why,
    at: null,
  };
}

function* beatsOf(runs: readonly RunOfBeats[]): Generator<number> {
  for (const { firstBeat, beats } of runs) for (let i = firstBeat; i < firstBeat + beats; i++) yield i;
}

function* beatsLabelled({ beats }: CorrectedBeats, label: number): Generator<number> {
  for (let i = 0; i < beats.label.length; i++) if (beats.label[i] === label) yield i;
}

/** Mean uncertainty over the machine-labelled of some beats, and whether more than a tenth of them are for review. */
function meanDoubt({ beats }: CorrectedBeats, rows: Iterable<number>) {
  let aleatoric = 0;
  let epistemic = 0;
  let total = 0;
  let judged = 0;
  let forReview = 0;
  for (const i of rows) {
    total++;
    if (beats.recommendation[i] !== 0) forReview++;
    if (Number.isNaN(beats.aleatoric[i])) continue;
    aleatoric += beats.aleatoric[i];
    epistemic += beats.epistemic[i];
    judged++;
  }
  return {
    aleatoric: judged === 0 ? null : aleatoric / judged,
    epistemic: judged === 0 ? null : epistemic / judged,
    review: forReview > total / 10,
  };
}

function percentText(fraction: number): string {
  const percent = fraction * 100;
  return `${percent >= 10 || percent === 0 ? Math.round(percent) : percent.toFixed(1)} %`;
}
