/**
 * The urgent list of a Holter service (CardioScan's guide to its reports), rule by rule: what was found, what was not,
 * and what nothing here looks for. The findings say the same at length; this says that every rule was gone through.
 */
import type { EcgSummary } from '../../contract/ecg.ts';
import type { UrgentRule } from '../../contract/holter.ts';
import { type RhythmEpisode, type RhythmKind, VT_BEATS } from '../../contract/rhythm.ts';
import { isUrgentTachycardia } from '../ecg-beats/runs.ts';
import type { RecordingFacts } from '../ecg-beats/summarise.ts';
import { MARKED_ST_MILLIVOLTS, markedStChange } from './wave-ranges.ts';

const VE_BURDEN = 0.1;
const SVT_SECONDS = 30;
const AF_FAST_BPM = 110;
/** Where P waves are seen in less than this share of the time, that no block was found says nothing. */
const P_WAVES_SEEN = 0.5;

interface Span {
  startSample: number;
  endSample: number;
}

export function urgentRules(summary: EcgSummary, facts: RecordingFacts): UrgentRule[] {
  const { samplingRateHz } = facts;
  const { rhythm } = summary;
  const seconds = ({ startSample, endSample }: Span) => (endSample - startSample) / samplingRateHz;
  const of = (kind: RhythmKind): RhythmEpisode[] =>
    rhythm?.episodes.filter((episode) => episode.kind === kind) ?? [];
  const unjudged = (rule: UrgentRule['rule'], name: string, why: string): UrgentRule => ({
    rule,
    name,
    outcome: 'not-judged',
    detail: why,
    at: null,
  });
  const rule = (
    code: UrgentRule['rule'],
    name: string,
    found: readonly Span[],
    detail: (longest: Span) => string,
  ): UrgentRule => {
    if (rhythm?.signal.paced) return unjudged(code, name, 'Paced rhythm: beats are not judged.');
    if (found.length === 0) return { rule: code, name, outcome: 'not-found', detail: '', at: null };
    const longest = found.reduce((a, b) => (seconds(b) > seconds(a) ? b : a));
    const { startSample, endSample } = longest;
    return { rule: code, name, outcome: 'found', detail: detail(longest), at: { startSample, endSample } };
  };
  const ofRhythm: typeof rule = (code, name, found, detail) =>
    rhythm === null
      ? unjudged(code, name, 'Rhythm was not judged when this study was analysed.')
      : rule(code, name, found, detail);
  const times = (found: readonly Span[], noun: string) =>
    `${found.length} ${noun}${found.length === 1 ? '' : 's'}`;

  const conduction = rhythm?.signal.conduction;
  const conducted = (code: UrgentRule['rule'], name: string, found: readonly Span[]): UrgentRule => {
    if (conduction === undefined)
      return unjudged(code, name, 'AV conduction was not judged when this study was analysed.');
    if (found.length === 0 && conduction.judgedFraction < P_WAVES_SEEN && !rhythm?.signal.paced) {
      const share = (100 * conduction.judgedFraction).toFixed(0);
      return unjudged(code, name, `P waves were seen in ${share} % of the time only.`);
    }
    return rule(
      code,
      name,
      found,
      (longest) => `${times(found, 'episode')}, longest ${seconds(longest).toFixed(0)} s`,
    );
  };

  const fibrillation = of('ventricular-fibrillation');
  const tachycardia = summary.runs.filter(isUrgentTachycardia);
  const supraventricular = [
    ...summary.runs.filter((run) => run.kind === 'supraventricular'),
    ...of('supraventricular-tachycardia'),
  ].filter((span) => seconds(span) > SVT_SECONDS);
  const af = of('atrial-fibrillation').filter(
    ({ startSample, rateBpm }) => startSample > 0 || (rateBpm ?? 0) > AF_FAST_BPM,
  );
  const pauses = summary.pauses.map((pause) => ({
    startSample: pause.startSample,
    endSample: pause.startSample + Math.round(pause.seconds * samplingRateHz),
  }));
  const frequent = (summary.veBurden?.fraction ?? 0) > VE_BURDEN;
  const st = markedStChange(facts.waveTrend ?? null, samplingRateHz);
  const stName = `ST change of ${MARKED_ST_MILLIVOLTS} mV or more`;
  const whole: Span = { startSample: 0, endSample: facts.lengthSamples };
  return [
    ofRhythm(
      'ventricular-fibrillation',
      'Ventricular flutter or fibrillation, torsades',
      fibrillation,
      (longest) => `${times(fibrillation, 'episode')}, longest ${seconds(longest).toFixed(0)} s`,
    ),
    rule(
      'ventricular-tachycardia',
      `Ventricular tachycardia of ${VT_BEATS} beats or more`,
      tachycardia,
      (longest) => `${times(tachycardia, 'run')}, longest ${seconds(longest).toFixed(1)} s`,
    ),
    rule(
      've-burden',
      'Ventricular beats above 10 %',
      frequent ? [whole] : [],
      () => `${((summary.veBurden?.fraction ?? 0) * 100).toFixed(1)} % of the classified beats`,
    ),
    rule(
      'supraventricular-tachycardia',
      `Supraventricular tachycardia longer than ${SVT_SECONDS} s`,
      supraventricular,
      (longest) => `longest ${seconds(longest).toFixed(0)} s`,
    ),
    ofRhythm(
      'atrial-fibrillation',
      `Atrial fibrillation or flutter that begins, or is faster than ${AF_FAST_BPM}/min`,
      af,
      (longest) => `${times(af, 'episode')}, longest ${seconds(longest).toFixed(0)} s`,
    ),
    rule(
      'pause',
      'Pause of 3.0 s or more',
      pauses,
      (longest) => `${times(pauses, 'pause')}, longest ${seconds(longest).toFixed(1)} s`,
    ),
    facts.waveTrend
      ? rule('st-change', stName, st === null ? [] : [st], () =>
          st === null ? '' : `lead ${st.lead}, ${st.millivolts.toFixed(2)} mV from its usual level`,
        )
      : unjudged('st-change', stName, 'ST was not measured over time when this study was analysed.'),
    conduction !== undefined && conduction.preExcitation === undefined
      ? unjudged(
          'pre-excitation',
          'Pre-excitation',
          'Pre-excitation was not looked for when this study was analysed.',
        )
      : conducted('pre-excitation', 'Pre-excitation', of('pre-excitation')),
    conducted('av-block', 'Second-degree AV block: type II, 2:1 or high-grade', [
      ...of('av-block-mobitz-2'),
      ...of('av-block-two-to-one'),
      ...of('av-block-high-grade'),
    ]),
    conducted('complete-block', 'Complete AV block', of('av-block-complete')),
  ];
}
