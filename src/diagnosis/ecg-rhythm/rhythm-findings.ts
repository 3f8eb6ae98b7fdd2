/** The statements of a recording's rhythm, each with its certainty and its reasons. */
import { type Finding, type FindingCode, SEVERITIES, type Severity } from '../../contract/ecg.ts';
import {
  RHYTHM_WORDS,
  type RhythmEpisode,
  type RhythmKind,
  type RhythmSummary,
  VT_BEATS,
} from '../../contract/rhythm.ts';

/** Urgent by the list of a Holter service (CardioScan): AF that begins or is faster than this ... */
const AF_FAST_BPM = 110;
/** ... supraventricular tachycardia longer than this, ventricular tachycardia of so many beats. */
const SVT_SUSTAINED_SECONDS = 30;

const PLAIN = {
  task: 'ecg-rhythm',
  value: null,
  probability: null,
  credibleInterval90: null,
  aleatoric: null,
  epistemic: null,
  conformalSet: null,
  recommendation: 'review',
  at: null,
} as const;

export function describeRhythm(summary: RhythmSummary, samplingRateHz: number): Finding[] {
  const of = (...kinds: RhythmKind[]) => summary.episodes.filter(({ kind }) => kinds.includes(kind));
  const seconds = ({ startSample, endSample }: RhythmEpisode) => (endSample - startSample) / samplingRateHz;
  const findings: Finding[] = [];
  const fibrillation = of('ventricular-fibrillation');
  if (fibrillation.length > 0) {
    findings.push({
      ...PLAIN,
      code: 'ventricular-fibrillation',
      label: `Ventricular flutter or fibrillation suspected, ${total(fibrillation, seconds)}`,
      severity: 'urgent',
      value: { amount: sum(fibrillation, seconds), unit: 's', interval90: null },
      why: [
        'The signal is a wave of 2 to 9 Hz without complexes or isoelectric line; no network spoke.',
        'Movement can look alike: look at the strip.',
      ],
      at: placeOf(longest(fibrillation)),
    });
  }
  findings.push(...atrialFibrillation(summary, of('atrial-fibrillation'), seconds));
  const tachycardia = of('ventricular-tachycardia').filter(({ beats }) => beats >= VT_BEATS);
  if (tachycardia.length > 0) {
    const worst = longest(tachycardia);
    findings.push(
      fromEpisodes('ventricular-tachycardia', 'urgent', tachycardia, {
        label: `Ventricular tachycardia, ${counted(tachycardia.length, 'episode')} of ${VT_BEATS} beats or more, longest ${worst.beats} beats at ${rateText(worst)}`,
        why: ['A run of ventricular beats faster than 100/min.'],
      }),
    );
  }
  const supraventricular = of('supraventricular-tachycardia');
  if (supraventricular.length > 0) {
    const worst = longest(supraventricular);
    findings.push(
      fromEpisodes(
        'supraventricular-tachycardia',
        seconds(worst) > SVT_SUSTAINED_SECONDS ? 'urgent' : 'attention',
        supraventricular,
        {
          label: `Supraventricular tachycardia, ${counted(supraventricular.length, 'episode')}, longest ${durationText(seconds(worst))} at ${rateText(worst)}`,
          why: [
            'Three or more supraventricular beats faster than 100/min, or a regular rhythm of 130/min or more that begins suddenly.',
          ],
        },
      ),
    );
  }
  findings.push(...avBlock(of, seconds, summary));
  const preExcited = of('pre-excitation');
  if (preExcited.length > 0) {
    findings.push(
      fromEpisodes('pre-excitation', 'urgent', preExcited, {
        label: `${RHYTHM_WORDS['pre-excitation']}, ${counted(preExcited.length, 'episode')}, ${total(preExcited, seconds)}`,
        why: [
          'A P wave, soon after it a QRS complex that begins slowly (delta wave) and is wide.',
          'From the signal; no network spoke. Late ventricular beats after P waves can look alike: look at the strip, in 12 leads where it can be had.',
        ],
      }),
    );
  }
  for (const [name, kinds] of [
    ['bigeminy', ['ventricular-bigeminy', 'supraventricular-bigeminy']],
    ['trigeminy', ['ventricular-trigeminy', 'supraventricular-trigeminy']],
  ] as const) {
    const episodes = of(...kinds);
    if (episodes.length === 0) continue;
    findings.push(
      fromEpisodes(name, 'attention', episodes, {
        label: `${capital(name)}, ${counted(episodes.length, 'episode')}, ${total(episodes, seconds)}`,
        why: [
          `Three or more ectopic beats with ${name === 'bigeminy' ? 'one normal beat' : 'two normal beats'} between each.`,
        ],
      }),
    );
  }
  for (const [kind, words] of [
    ['sinus-bradycardia', 'Slow rhythm below 50/min'],
    ['sinus-tachycardia', 'Fast rhythm above 100/min'],
  ] as const) {
    const episodes = of(kind);
    if (episodes.length === 0) continue;
    findings.push(
      fromEpisodes('sinus-rate', 'information', episodes, {
        label: `${words} for ${durationText(sum(episodes, seconds))}`,
        why: ['Means over 8 intervals, for 30 s or more, outside atrial fibrillation.'],
      }),
    );
  }
  return findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function atrialFibrillation(
  summary: RhythmSummary,
  episodes: readonly RhythmEpisode[],
  seconds: (episode: RhythmEpisode) => number,
): Finding[] {
  const { afBurden } = summary;
  if (afBurden === null) return [];
  if (episodes.length === 0) {
    return [
      {
        ...PLAIN,
        code: 'rhythm',
        label: 'No atrial fibrillation of 30 s or more found',
        severity: 'information',
        value: { amount: 0, unit: '1', interval90: afBurden.interval90 },
        credibleInterval90: afBurden.interval90,
        recommendation: afBurden.interval90 !== null && afBurden.interval90.high > 0 ? 'review' : 'accept',
        why: ['Windows of 30 s, every 10 s, by the rhythm network.'],
      },
    ];
  }
  const fast = episodes.filter(({ rateBpm }) => (rateBpm ?? 0) > AF_FAST_BPM);
  const begins = episodes.some(({ startSample }) => startSample > 0);
  const most = longest(episodes);
  const mean = (values: (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0) / known.length;
  };
  const why = [
    `${counted(episodes.length, 'episode')} of 30 s or more, longest ${durationText(seconds(most))} at ${rateText(most)}.`,
    'By the rhythm network; flutter with an irregular response is called the same. Regular flutter can be missed.',
  ];
  if (begins) why.push('It begins within the recording.');
  if (fast.length > 0) why.push(`${counted(fast.length, 'episode')} faster than ${AF_FAST_BPM}/min.`);
  return [
    {
      ...PLAIN,
      code: 'atrial-fibrillation',
      label: `Atrial fibrillation or flutter, ${percentText(afBurden.fraction)} of the time, longest ${durationText(seconds(most))}`,
      severity: begins || fast.length > 0 ? 'urgent' : 'attention',
      value: { amount: afBurden.fraction, unit: '1', interval90: afBurden.interval90 },
      probability: most.probability,
      credibleInterval90: most.interval90,
      aleatoric: mean(episodes.map(({ aleatoric }) => aleatoric)),
      epistemic: mean(episodes.map(({ epistemic }) => epistemic)),
      recommendation: episodes.some(({ recommendation }) => recommendation !== 'accept')
        ? 'review'
        : 'accept',
      why,
      at: placeOf(most),
    },
  ];
}

/** Each kind of block with what was seen; which are urgent is on the list of a Holter service, type II beside it. */
const AV_BLOCKS: readonly { kind: RhythmKind; severity: Severity; why: string }[] = [
  {
    kind: 'av-block-complete',
    severity: 'urgent',
    why: 'P waves at a rate of their own, slow and regular QRS complexes without relation to them.',
  },
  {
    kind: 'av-block-high-grade',
    severity: 'urgent',
    why: 'Two or more P waves on time in a row without a QRS complex.',
  },
  {
    kind: 'av-block-two-to-one',
    severity: 'urgent',
    why: 'Every second P wave on time has no QRS complex.',
  },
  {
    kind: 'av-block-mobitz-2',
    severity: 'urgent',
    why: 'P waves on time without a QRS complex; PR before them as long as after.',
  },
  {
    kind: 'av-block-mobitz-1',
    severity: 'attention',
    why: 'P waves on time without a QRS complex; PR longer before them than after.',
  },
  { kind: 'av-block-first-degree', severity: 'information', why: 'PR above 200 ms.' },
];

function avBlock(
  of: (kind: RhythmKind) => RhythmEpisode[],
  seconds: (episode: RhythmEpisode) => number,
  { signal }: RhythmSummary,
): Finding[] {
  return AV_BLOCKS.flatMap(({ kind, severity, why }): Finding[] => {
    const episodes = of(kind);
    if (episodes.length === 0) return [];
    const share = percentText(signal.conduction?.judgedFraction ?? 0);
    return [
      fromEpisodes('av-block', severity, episodes, {
        label: `${RHYTHM_WORDS[kind]}${kind === 'av-block-first-degree' ? '' : ' suspected'}, ${counted(episodes.length, 'episode')}, ${total(episodes, seconds)}`,
        why: [why, `From the signal; P waves were seen in ${share} of the time. No network spoke.`],
      }),
    ];
  });
}

function fromEpisodes(
  code: FindingCode,
  severity: Severity,
  episodes: readonly RhythmEpisode[],
  words: { label: string; why: string[] },
): Finding {
  const known = episodes.map(({ probability }) => probability).filter((value) => value !== null);
  return {
    ...PLAIN,
    code,
    severity,
    ...words,
    value: { amount: episodes.length, unit: 'episode', interval90: null },
    probability: known.length === 0 ? null : Math.max(...known),
    recommendation: episodes.every(({ recommendation }) => recommendation === 'accept') ? 'accept' : 'review',
    at: placeOf(longest(episodes)),
  };
}

function longest(episodes: readonly RhythmEpisode[]): RhythmEpisode {
  return episodes.reduce((a, b) => (b.endSample - b.startSample > a.endSample - a.startSample ? b : a));
}

function placeOf({ startSample, endSample }: RhythmEpisode): Finding['at'] {
  return { startSample, endSample };
}

function sum(episodes: readonly RhythmEpisode[], seconds: (episode: RhythmEpisode) => number): number {
  return episodes.reduce((all, episode) => all + seconds(episode), 0);
}

function total(episodes: readonly RhythmEpisode[], seconds: (episode: RhythmEpisode) => number): string {
  return `${durationText(sum(episodes, seconds))} in all`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : noun.endsWith('ch') ? 'es' : 's'}`;
}

function rateText({ rateBpm }: RhythmEpisode): string {
  return rateBpm === null ? 'unknown rate' : `${Math.round(rateBpm)}/min`;
}

function durationText(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function percentText(fraction: number): string {
  const percent = fraction * 100;
  return `${percent >= 10 || percent === 0 ? Math.round(percent) : percent.toFixed(1)} %`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
