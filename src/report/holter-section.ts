/** The Holter tables of the report: urgent rules, usual table, hours, heart rate over time. Marks differ in shape, not in colour. */
import type { Ectopy, HolterSummary } from '../contract/holter.ts';
import type { StudyDetail } from '../contract/study.ts';
import { ACCENT, type Cell, HAIRLINE, INK, mm, QUIET, rounded, type Sheet, SMALL } from './sheet.ts';
import {
  beatsPerMinute,
  clockTime,
  counted,
  durationWords,
  elapsed,
  interval,
  percent,
  seconds,
  wholeNumber,
} from './wording.ts';

/** Shorter recordings have no hours and no trend worth a table. */
const TREND_SECONDS = 300;
const HOUR_ROWS = 48;

export function holterSection(sheet: Sheet, holter: HolterSummary, study: StudyDetail): void {
  urgent(sheet, holter, study);
  usualTable(sheet, holter, study);
  if (study.durationSeconds < TREND_SECONDS) return;
  heartRateOverTime(sheet, holter, study);
  hourly(sheet, holter);
}

function place(study: StudyDetail, sample: number): string {
  const at = sample / study.samplingRateHz;
  const clock = clockTime(study.recordedAt, at);
  return clock === null ? elapsed(at, false) : `${elapsed(at, false)} (${clock})`;
}

const OUTCOMES = { found: 'FOUND', 'not-found': 'not found', 'not-judged': 'not judged' } as const;

function urgent(sheet: Sheet, holter: HolterSummary, study: StudyDetail): void {
  sheet.heading('Urgent list, rule by rule', mm(30));
  sheet.table(
    [
      { title: 'Rule', share: 40 },
      { title: 'Outcome', share: 14 },
      { title: 'What', share: 34 },
      { title: 'At', share: 20 },
    ],
    holter.urgent.map((rule): Cell[] => [
      { text: rule.name },
      {
        text: OUTCOMES[rule.outcome],
        style: { face: rule.outcome === 'found' ? 'bold' : 'regular', size: 8.5, colour: INK },
      },
      { text: rule.detail },
      { text: rule.at === null ? '' : place(study, rule.at.startSample) },
    ]),
  );
}

function usualTable(sheet: Sheet, holter: HolterSummary, study: StudyDetail): void {
  sheet.heading('Holter table', mm(40));
  const { ventricular, supraventricular } = holter;
  const both = (name: string, of: (ectopy: Ectopy) => string): Cell[] => [
    { text: name },
    { text: of(ventricular) },
    { text: of(supraventricular) },
  ];
  const run = (one: Ectopy['longestRun']) =>
    one === null
      ? 'none'
      : `${one.beats} beats, ${beatsPerMinute(one.rateBpm)}, at ${place(study, one.startSample)}`;
  const pattern = ({ episodes, ectopicBeats }: Ectopy['bigeminy']) =>
    episodes === 0 ? 'none' : `${counted(episodes, 'episode')}, ${counted(ectopicBeats, 'beat')}`;
  sheet.table(
    [
      { title: 'Ectopy', share: 28 },
      { title: 'Ventricular', share: 36 },
      { title: 'Supraventricular', share: 36 },
    ],
    [
      both(
        'Beats (90 % interval)',
        ({ beats }) => `${wholeNumber(beats.count)} (${interval(beats.interval90, wholeNumber, 'none')})`,
      ),
      both('An analysable hour', ({ beatsPerHour }) =>
        beatsPerHour === null ? 'not measured' : wholeNumber(Math.round(beatsPerHour)),
      ),
      both(
        'Singles; couplets',
        ({ singles, couplets }) => `${wholeNumber(singles)}; ${wholeNumber(couplets)}`,
      ),
      both('Runs of 3 to 5; of 6 or more', ({ shortRuns, longRuns }) => `${shortRuns}; ${longRuns}`),
      both('Longest run', ({ longestRun }) => run(longestRun)),
      both('Fastest run', ({ fastestRun }) => run(fastestRun)),
      both('Bigeminy', ({ bigeminy }) => pattern(bigeminy)),
      both('Trigeminy', ({ trigeminy }) => pattern(trigeminy)),
      [
        { text: 'R on T' },
        {
          text:
            holter.rOnT === null
              ? 'not measured'
              : `${counted(holter.rOnT.beats, 'beat')} within ${Math.round(holter.rOnT.withinMs)} ms${holter.rOnT.first === null ? '' : `, first at ${place(study, holter.rOnT.first)}`}`,
        },
        { text: '' },
      ],
    ],
  );
  const { pauses, slow, fast, atrialFibrillation: af, st, qt, beats } = holter;
  const rate = (
    { limitBpm, episodes, seconds: time, longest, extremeBpm }: HolterSummary['slow'],
    word: string,
  ) =>
    `${counted(episodes, 'episode')} ${word} ${limitBpm}/min, ${durationWords(time)} in all${longest === null ? '' : `, longest at ${place(study, longest.startSample)}`}${extremeBpm === null ? '' : `; extreme ${beatsPerMinute(extremeBpm.value)} at ${place(study, extremeBpm.atSample)}`}`;
  const range = ({ minimum, mean, maximum }: { minimum: number; mean: number; maximum: number }) =>
    `${Math.round(minimum)}, ${Math.round(mean)}, ${Math.round(maximum)} ms`;
  const lines: [string, string][] = [
    [
      'Beats',
      `${wholeNumber(beats.total)} in all, ${wholeNumber(beats.normal.count)} normal, ${wholeNumber(beats.fusion.count)} fusion, ${wholeNumber(beats.paced)} paced, ${wholeNumber(beats.artefact)} artefact or not classifiable`,
    ],
    [
      'Pauses',
      `${pauses.atLeast.map(({ seconds: limit, count }) => `${count} of ${limit.toFixed(1)} s or more`).join(', ')}${pauses.longest === null ? '' : `; longest RR ${seconds(pauses.longest.seconds)} at ${place(study, pauses.longest.startSample)}`}`,
    ],
    ['Slow', rate(slow, 'below')],
    ['Fast', rate(fast, 'above')],
    [
      'Atrial fibrillation',
      af === null
        ? 'not judged'
        : `${percent(af.fraction)} of the judged time (90 % interval ${interval(af.interval90, percent, 'none')}), ${counted(af.episodes, 'episode')}${af.longest === null ? '' : `, longest ${durationWords(af.longest.seconds)} at ${place(study, af.longest.startSample)}`}`,
    ],
    ...(st ?? []).map(({ lead, minimum, maximum, minutesDepressed, minutesElevated }): [string, string] => [
      `ST ${lead}`,
      `${minimum.value.toFixed(2)} mV at ${place(study, minimum.atSample)} to ${maximum.value.toFixed(2)} mV at ${place(study, maximum.atSample)}; ${minutesDepressed} min at -0.10 mV or below, ${minutesElevated} min at 0.10 mV or above`,
    ]),
    ...(qt === null
      ? []
      : ([
          ['QT', `${range(qt.qtMs)} (lowest, mean, highest)`],
          ['QTc', `Bazett ${range(qt.qtcBazettMs)}; Fridericia ${range(qt.qtcFridericiaMs)}`],
        ] satisfies [string, string][])),
  ];
  sheet.table(
    [
      { title: 'Measure', share: 22 },
      { title: 'Value', share: 86 },
    ],
    lines.map(([name, text]) => [{ text: name }, { text }]),
  );
}

function heartRateOverTime(sheet: Sheet, holter: HolterSummary, study: StudyDetail): void {
  const { minimum, mean, maximum } = holter.heartRateTrend;
  const known = [...minimum, ...mean, ...maximum].filter((value) => !Number.isNaN(value));
  if (known.length === 0 || mean.length < 2) return;
  const height = mm(34);
  sheet.heading('Heart rate over time', height + mm(12));
  const low = Math.floor(known.reduce((a, b) => Math.min(a, b)) / 20) * 20;
  const high = Math.max(low + 20, Math.ceil(known.reduce((a, b) => Math.max(a, b)) / 20) * 20);
  const left = sheet.left + mm(10);
  const width = sheet.right - left;
  const top = sheet.y + mm(2);
  const x = (minute: number) => rounded(left + (width * (minute + 0.5)) / mean.length);
  const y = (rate: number) => rounded(top + height - (height * (rate - low)) / (high - low));
  const step = Math.max(20, Math.ceil((high - low) / 100) * 20);
  sheet.element(
    'Figure',
    () => {
      const { doc } = sheet;
      for (let rate = low; rate <= high; rate += step) {
        doc
          .lineWidth(0.4)
          .strokeColor(HAIRLINE)
          .moveTo(rounded(left), y(rate))
          .lineTo(rounded(sheet.right), y(rate))
          .stroke();
        sheet.line(String(rate), left - mm(2), y(rate) + 3, { ...SMALL, colour: QUIET }, 'right');
      }
      const marks = 4;
      for (let k = 0; k <= marks; k++) {
        const at = (study.durationSeconds * k) / marks;
        const label = clockTime(study.recordedAt, at) ?? elapsed(at, false);
        const where = left + (width * k) / marks;
        sheet.line(
          label,
          k === marks ? sheet.right : where,
          top + height + mm(4),
          { ...SMALL, colour: QUIET },
          k === marks ? 'right' : 'left',
        );
      }
      doc.lineWidth(0.5).strokeColor(QUIET);
      minimum.forEach((value, minute) => {
        if (Number.isNaN(value)) return;
        doc.moveTo(x(minute), y(value)).lineTo(x(minute), y(maximum[minute]!)).stroke();
      });
      doc.lineWidth(1.1).strokeColor(ACCENT);
      let open = false;
      mean.forEach((value, minute) => {
        if (Number.isNaN(value)) {
          open = false;
          return;
        }
        if (open) doc.lineTo(x(minute), y(value));
        else doc.moveTo(x(minute), y(value));
        open = true;
      });
      doc.stroke();
    },
    `Heart rate by minute, ${beatsPerMinute(known.reduce((a, b) => Math.min(a, b)))} to ${beatsPerMinute(known.reduce((a, b) => Math.max(a, b)))}`,
  );
  sheet.y = top + height + mm(7);
  sheet.paragraph(
    'Beats a minute: line, mean of each minute; bars, lowest to highest mean over 8 intervals.',
    SMALL,
  );
}

function hourly(sheet: Sheet, holter: HolterSummary): void {
  sheet.heading('Hours', mm(24));
  const first = holter.hourly[0];
  sheet.table(
    [
      { title: first?.clock === null ? 'Hour' : 'Clock', share: 12 },
      { title: 'Heart rate, lowest mean highest', share: 24, align: 'right' },
      { title: 'Beats', share: 12, align: 'right' },
      { title: 'VE', share: 10, align: 'right' },
      { title: 'SVE', share: 10, align: 'right' },
      { title: 'Pauses 2 s', share: 12, align: 'right' },
      { title: 'AF, min', share: 12, align: 'right' },
      { title: 'Analysable', share: 14, align: 'right' },
    ],
    holter.hourly.slice(0, HOUR_ROWS).map((hour, i) => [
      { text: hour.clock ?? String(i + 1) },
      {
        text:
          hour.heartRateBpm === null
            ? ''
            : [hour.heartRateBpm.minimum, hour.heartRateBpm.mean, hour.heartRateBpm.maximum]
                .map(Math.round)
                .join('  '),
      },
      { text: wholeNumber(hour.beats) },
      { text: wholeNumber(hour.ventricular) },
      { text: wholeNumber(hour.supraventricular) },
      { text: String(hour.pauses) },
      { text: hour.afMinutes === null ? '' : hour.afMinutes.toFixed(1) },
      { text: percent(hour.analysableFraction) },
    ]),
  );
  if (holter.hourly.length > HOUR_ROWS) {
    sheet.paragraph(`${counted(holter.hourly.length - HOUR_ROWS, 'more hour')} in the JSON report.`, SMALL);
  }
}
