/** The report as a PDF: answer, tables, strips to scale, how sure and why, provenance. */

import {
  BEAT_CLASSES,
  type BeatTable,
  type Burden,
  DECISION_SUPPORT_NOTICE,
  type EcgSummary,
  type Finding,
  NETWORK_CLASS_COUNT,
  RECOMMENDATIONS,
  RHYTHM_NOT_ASSESSED,
  type Run,
  SEVERITIES,
  type Severity,
  SPREAD_NAME,
} from '../contract/ecg.ts';
import {
  type EcgIntervals,
  type Measurement,
  type ReaderMeasurements,
  WAVE_LIMIT_NAMES,
} from '../contract/intervals.ts';
import type { Provenance } from '../contract/provenance.ts';
import { RECORDED_EVENT_NAMES, recordedEventKind } from '../contract/recorded-events.ts';
import {
  RHYTHM_KINDS,
  RHYTHM_LIMITS,
  RHYTHM_WORDS,
  type RhythmEpisode,
  type RhythmKind,
  type RhythmSummary,
  timeByRhythm,
} from '../contract/rhythm.ts';
import type { Correction, StudyDetail } from '../contract/study.ts';
import { holterSection } from './holter-section.ts';
import { isJudged, judgedPart } from './judged.ts';
import { CLASS_NAMES, CLASS_SHAPES, drawClassMark, drawSeverityMark } from './marks.ts';
import type { ReportFonts, ReportInput, SignalPiece } from './report-input.ts';
import {
  ACCENT,
  BODY,
  type Cell,
  INK,
  LABEL,
  mm,
  QUIET,
  rounded,
  Sheet,
  SMALL,
  STRONG,
  type TextStyle,
} from './sheet.ts';
import {
  drawStrip,
  drawStripLegend,
  STRIP_LEGEND_MM,
  type StripLead,
  stripHeight,
  stripSeconds,
} from './strip-drawing.ts';
import { mostUncertain, type Strip, selectStrips } from './strips.ts';
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

/** Longer lists are cut in the PDF; the JSON report has them whole. */
const EVENT_ROWS = 12;
const RECORDED_ROWS = 24;
const EPISODES_A_KIND = 4;
const FINDING_ROWS = 16;
const CORRECTION_ROWS = 60;
const UNCERTAIN_ROWS = 6;
const STRIP_LEADS = 2;

/**
 * Makes the PDF, tagged and in English, A4 or Letter. The same input and fonts give the same bytes: dates are
 * fixed and the document's id derives from the recording's content.
 */
export async function renderReportPdf(input: ReportInput, fonts: ReportFonts): Promise<Uint8Array> {
  const { study } = input;
  const sheet = new Sheet(fonts, {
    paper: input.paper,
    title: `ECG report, record ${study.recordName}`,
    subject: 'ECG decision support report',
    contentId: study.provenance?.contentSha256 ?? `record ${study.recordName}`,
    identity: [
      study.patient.name === '' ? 'Name not recorded' : study.patient.name,
      `ID ${study.patient.id === '' ? 'not recorded' : study.patient.id}`,
      `Record ${study.recordName}`,
    ],
    notice: DECISION_SUPPORT_NOTICE,
  });
  head(sheet, input);
  const summary = study.summary;
  if (summary === null || !isJudged(input)) {
    notAnalysed(sheet, judgedPart(input).study, summary);
    if (study.provenance !== null) provenance(sheet, study.provenance);
  } else {
    answer(sheet, study, summary);
    patient(sheet, study);
    findings(sheet, study);
    beatCounts(sheet, summary);
    events(sheet, summary, study);
    recordedEvents(sheet, study);
    if (summary.rhythm !== null) rhythm(sheet, summary.rhythm, study);
    if (summary.holter) holterSection(sheet, summary.holter, study);
    leads(sheet, summary);
    strips(sheet, input, summary);
    howSure(sheet, input);
    if (study.provenance !== null) {
      provenance(sheet, study.provenance);
      tiles(sheet, study.provenance);
    }
  }
  return sheet.finish();
}

function head(sheet: Sheet, { study, letterhead }: ReportInput): void {
  const slot = mm(17);
  sheet.element('H1', () => {
    sheet.line('ECG report', sheet.left, sheet.y + 17, { face: 'bold', size: 20, colour: INK });
  });
  sheet.element('P', () => {
    const made = study.provenance === null ? '' : ` ${study.provenance.softwareVersion}`;
    sheet.line(`Kirchhoff${made}: beats, pauses, ectopy`, sheet.left, sheet.y + 30, SMALL);
  });
  const lines = (letterhead ?? []).slice(0, 4);
  if (lines.length > 0) {
    sheet.element('P', () => {
      lines.forEach((line, i) => {
        const style: TextStyle = i === 0 ? STRONG : { ...BODY, size: 8 };
        const shown = sheet.shortened(line, style, sheet.width / 2);
        sheet.line(`${shown} `, sheet.right, sheet.y + 8.5 + i * 11, style, 'right');
      });
    });
  }
  sheet.y += slot;
  sheet.rule(sheet.y, ACCENT, 1.4);
  sheet.y += mm(4);
}

// --- first page --------------------------------------------------------------------------------------------

function positionText(study: StudyDetail, sample: number, tenths = false): string {
  const at = sample / study.samplingRateHz;
  const clock = clockTime(study.recordedAt, at);
  return clock === null ? elapsed(at, tenths) : `${elapsed(at, tenths)} (${clock})`;
}

/** Worst first; among equals in the order in which the diagnosis gives them. */
function bySeverity(list: readonly Finding[]): Finding[] {
  return [...list].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

function statusLine(study: StudyDetail): string {
  if (study.confirmed !== null) {
    return `Confirmed by ${study.confirmed.by}, ${readableTime(study.confirmed.at)}`;
  }
  return 'Preliminary: not yet confirmed by a clinician';
}

function readableTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+/, '').replace(/Z$/, ' UTC');
}

function signalLine(summary: EcgSummary): string {
  const off = summary.leads.filter((lead) => lead.leadOffSeconds > 0);
  const leadOff =
    off.length === 0
      ? 'no lead off'
      : `lead off: ${off.map((lead) => `${lead.lead} ${durationWords(lead.leadOffSeconds)}`).join(', ')}`;
  return `${percent(summary.analysableFraction)} of ${durationWords(summary.durationSeconds)} analysable; ${leadOff}`;
}

function urgentLine(study: StudyDetail): { text: string; severity: Severity } {
  const ordered = bySeverity(study.findings);
  const first = ordered[0];
  const urgent = ordered.filter((finding) => finding.severity === 'urgent').length;
  if (first === undefined || first.severity === 'information') {
    return { text: 'Nothing urgent found in the analysable part', severity: 'information' };
  }
  const at = first.at === null ? '' : ` at ${positionText(study, first.at.startSample)}`;
  if (first.severity === 'attention') {
    return { text: `Nothing urgent. Attention: ${first.label}${at}`, severity: 'attention' };
  }
  const more = urgent > 1 ? `; ${urgent - 1} more urgent below` : '';
  return { text: `${first.label}${at}${more}`, severity: 'urgent' };
}

function rateLine(summary: EcgSummary): string {
  const rate = summary.heartRateBpm;
  if (rate === null) return 'Not measured: fewer than 9 beats in analysable stretches';
  return `${beatsPerMinute(rate.minimum)} lowest, ${beatsPerMinute(rate.mean)} mean, ${beatsPerMinute(rate.maximum)} highest (over 8 beats)`;
}

/** Intervals with their 90 % limits, axes and heart-rate variability, as far as they were measured. */
function measuredLines(summary: EcgSummary): { name: string; text: string }[] {
  const { intervals, hrv } = summary;
  const lines: { name: string; text: string }[] = [];
  const ms = (name: string, measured: Measurement | null | undefined) =>
    measured
      ? [
          `${name} ${Math.round(measured.value)} ms (${Math.round(measured.interval90.low)} to ${Math.round(measured.interval90.high)})`,
        ]
      : [];
  if (intervals) {
    const axis = (name: string, measured: Measurement | null) =>
      measured ? [`${name} axis ${Math.round(measured.value)}°`] : [];
    const { axesDegrees } = intervals;
    const parts = [
      ...(intervals.prMs === null && intervals.qrsMs !== null
        ? ['no PR: no P wave that beats agree on']
        : []),
      ...ms('PR', intervals.prMs),
      ...ms('QRS', intervals.qrsMs),
      ...ms('QT', intervals.qtMs),
      ...ms('QTc (Fridericia)', intervals.qtcMs?.fridericia),
      ...axis('P', axesDegrees.p),
      ...axis('QRS', axesDegrees.qrs),
      ...axis('T', axesDegrees.t),
    ];
    if (parts.length > 0) lines.push({ name: 'Intervals', text: parts.join(', ') });
    const reader = intervals.measuredByReader;
    if (reader) {
      lines.push({
        name: 'By the reader',
        text: `measured on the median beat: ${readerValues(intervals, reader).join(', ')}; in brackets the machine’s`,
      });
    }
  }
  if (hrv?.time) {
    const { sdnnMs, rmssdMs, pnn50 } = hrv.time;
    const lfToHf = hrv.frequency?.lfToHf ?? null;
    const measures = [
      `SDNN ${Math.round(sdnnMs)} ms`,
      ...(rmssdMs === null ? [] : [`RMSSD ${Math.round(rmssdMs)} ms`]),
      ...(pnn50 === null ? [] : [`pNN50 ${Math.round(pnn50 * 100)} %`]),
      ...(lfToHf === null ? [] : [`LF/HF ${lfToHf.toFixed(1)}`]),
    ];
    lines.push({
      name: 'Variability',
      text: `${measures.join(', ')}; ${hrv.nnIntervals} of ${hrv.rrIntervals} intervals counted`,
    });
  }
  return lines;
}

/** "QT 412 ms (398)" of each value that a reader measured. */
function readerValues(intervals: EcgIntervals, reader: ReaderMeasurements): string[] {
  const value = (
    name: string,
    unit: string,
    byReader: number | null | undefined,
    machine: Measurement | null | undefined,
  ) => {
    if (byReader === undefined) return [];
    const said = machine ? `${Math.round(machine.value)}` : 'none';
    return [`${name} ${byReader === null ? 'not seen' : `${Math.round(byReader)}${unit}`} (${said})`];
  };
  const { axesDegrees, qtcMs } = intervals;
  return [
    ...value('P', ' ms', reader.pDurationMs, intervals.pDurationMs),
    ...value('PR', ' ms', reader.prMs, intervals.prMs),
    ...value('QRS', ' ms', reader.qrsMs, intervals.qrsMs),
    ...value('QT', ' ms', reader.qtMs, intervals.qtMs),
    ...value('QTc (Fridericia)', ' ms', reader.qtcFridericiaMs, qtcMs?.fridericia),
    ...value('QTc (Bazett)', ' ms', reader.qtcBazettMs, qtcMs?.bazett),
    ...value('P axis', '°', reader.pAxisDegrees, axesDegrees.p),
    ...value('QRS axis', '°', reader.qrsAxisDegrees, axesDegrees.qrs),
    ...value('T axis', '°', reader.tAxisDegrees, axesDegrees.t),
  ];
}

function burdenText(name: string, burden: Burden | null): string {
  if (burden === null) return `${name} not measured`;
  const range = burden.interval90 === null ? '' : ` (90 % interval ${interval(burden.interval90, percent)})`;
  return `${name} ${percent(burden.fraction)}${range}`;
}

/** Page one in five lines. */
function answer(sheet: Sheet, study: StudyDetail, summary: EcgSummary): void {
  const urgent = urgentLine(study);
  const lines: { name: string; text: string; strong?: boolean; severity?: Severity }[] = [
    { name: 'Status', text: statusLine(study), strong: true },
    { name: 'Signal', text: signalLine(summary) },
    {
      name: 'Most urgent',
      text: urgent.text,
      strong: urgent.severity === 'urgent',
      severity: urgent.severity,
    },
    { name: 'Heart rate', text: rateLine(summary) },
    ...(summary.rhythm === null ? [] : [{ name: 'Rhythm', text: rhythmLine(summary.rhythm, study) }]),
    {
      name: 'Ectopy',
      text: `${burdenText('Ventricular', summary.veBurden)}; ${burdenText('supraventricular', summary.sveBurden)}`,
    },
    ...measuredLines(summary),
  ];
  const text: TextStyle = { face: 'regular', size: 10.5, colour: INK };
  const textLeft = sheet.left + mm(28);
  for (const { name, text: words, strong, severity } of lines) {
    const style: TextStyle = strong === true ? { ...text, face: 'bold' } : text;
    const indent = severity === undefined ? 0 : mm(4.6);
    const wrapped = sheet.wrap(words, style, sheet.right - textLeft - indent, 3);
    sheet.element('P', () => {
      sheet.line(`${name} `, sheet.left, sheet.y + text.size, { face: 'bold', size: 9, colour: QUIET });
      if (severity !== undefined) drawSeverityMark(sheet.doc, severity, textLeft + mm(1.5), sheet.y + 7);
      wrapped.forEach((line, i) => {
        sheet.line(line, textLeft + indent, sheet.y + text.size + i * sheet.lineHeight(style), style);
      });
    });
    sheet.y += wrapped.length * sheet.lineHeight(style) + mm(1.4);
    sheet.rule(sheet.y, '#e3e6e8', 0.5);
    sheet.y += mm(1.4);
  }
  boxed(sheet, summary.rhythm === null ? RHYTHM_NOT_ASSESSED : RHYTHM_LIMITS);
}

/** A sentence that must not be overlooked, in a box. */
function boxed(sheet: Sheet, text: string): void {
  const style: TextStyle = { ...STRONG, size: 9 };
  const inside = mm(2.6);
  const lines = sheet.wrap(text, style, sheet.width - 2 * inside);
  const height = lines.length * sheet.lineHeight(style) + 2 * mm(1.8);
  sheet.ensure(height);
  sheet.artifact(() => {
    sheet.doc
      .lineWidth(0.8)
      .strokeColor(INK)
      .rect(rounded(sheet.left), rounded(sheet.y), rounded(sheet.width), rounded(height))
      .stroke();
  });
  sheet.element('P', () => {
    lines.forEach((line, i) => {
      sheet.line(
        line,
        sheet.left + inside,
        sheet.y + mm(1.8) + style.size + i * sheet.lineHeight(style),
        style,
      );
    });
  });
  sheet.y += height + mm(1);
}

const SEX_WORDS = { female: 'Female', male: 'Male', other: 'Other', unknown: 'Not recorded' } as const;

function patient(sheet: Sheet, study: StudyDetail): void {
  sheet.heading('Patient and recording');
  const { patient: person } = study;
  const born = person.birthDate ?? 'not recorded';
  sheet.pairs([['Name', person.name === '' ? 'Not recorded' : person.name]], 1);
  sheet.pairs([
    ['Patient ID', person.id === '' ? 'Not recorded' : person.id],
    ['Record', study.recordName],
    ['Born', person.ageYears === null ? born : `${born}; age ${person.ageYears}`],
    ['Recorded', study.recordedAt === null ? 'Start not recorded' : readableTime(study.recordedAt)],
    ['Sex', SEX_WORDS[person.sex]],
    ['Length', durationWords(study.durationSeconds)],
    ['Leads', study.leads.join(', ')],
    ['Sampling', `${study.samplingRateHz} Hz`],
  ]);
}

function severityCell(sheet: Sheet, severity: Severity): Cell {
  const words = { urgent: 'Urgent', attention: 'Attention', information: 'Information' } as const;
  return {
    text: words[severity],
    style: { face: severity === 'urgent' ? 'bold' : 'regular', size: 8.5, colour: INK },
    mark: { widthMillimetres: 4.4, draw: (x, y) => drawSeverityMark(sheet.doc, severity, x, y) },
  };
}

function certainty(finding: Finding): string {
  if (finding.probability !== null) {
    const range =
      finding.credibleInterval90 === null ? '' : ` (${interval(finding.credibleInterval90, percent)})`;
    // Of beats it is the share of samples that say so, of rhythm by its network the mean probability.
    const share = finding.code === 'atrial-fibrillation' ? '' : ' of samples';
    return `${percent(finding.probability)}${share}${range}`;
  }
  const value = finding.value;
  if (value === null || value.interval90 === null) return 'measured';
  // Unit 1: a share.
  if (value.unit === '1') return interval(value.interval90, percent);
  const places = (amount: number) => (Number.isInteger(amount) ? wholeNumber(amount) : amount.toFixed(2));
  return `${interval(value.interval90, places)} ${value.unit}`;
}

function findings(sheet: Sheet, study: StudyDetail): void {
  sheet.heading('Findings', mm(24));
  const ordered = bySeverity(study.findings);
  if (ordered.length === 0) {
    sheet.paragraph('None.');
    return;
  }
  sheet.table(
    [
      { title: 'Severity', share: 17 },
      { title: 'Finding', share: 40 },
      { title: 'At', share: 18 },
      { title: 'Certainty: share of samples or 90 % interval', share: 25 },
      { title: 'Recommended', share: 14 },
    ],
    ordered
      .slice(0, FINDING_ROWS)
      .map((finding) => [
        severityCell(sheet, finding.severity),
        { text: finding.label },
        { text: finding.at === null ? 'whole recording' : positionText(study, finding.at.startSample) },
        { text: certainty(finding) },
        { text: finding.recommendation },
      ]),
  );
  more(sheet, ordered.length - FINDING_ROWS, 'finding');
}

function more(sheet: Sheet, count: number, noun: string): void {
  if (count > 0) sheet.paragraph(`${counted(count, `more ${noun}`)} in the JSON report.`, SMALL);
}

function beatCounts(sheet: Sheet, summary: EcgSummary): void {
  sheet.heading('Beats', mm(40));
  sheet.table(
    [
      { title: 'Class', share: 44 },
      { title: 'Beats', share: 14, align: 'right' },
      { title: 'Share of all', share: 14, align: 'right' },
      { title: '90 % interval', share: 26, align: 'right' },
    ],
    [
      ...BEAT_CLASSES.map((name): Cell[] => [
        {
          text: `${name}  ${CLASS_NAMES[name]} (${CLASS_SHAPES[name]})`,
          mark: { widthMillimetres: 4.6, draw: (x, y) => drawClassMark(sheet.doc, name, x, y) },
        },
        { text: wholeNumber(summary.beats[name].count) },
        { text: summary.beats.total === 0 ? '' : percent(summary.beats[name].count / summary.beats.total) },
        { text: interval(summary.beats[name].interval90, wholeNumber, 'none (by rule)') },
      ]),
      [
        { text: 'All beats', style: { ...STRONG, size: 8.5 } },
        { text: wholeNumber(summary.beats.total), style: { ...STRONG, size: 8.5 } },
        { text: '' },
        { text: '' },
      ],
    ],
  );
}

function events(sheet: Sheet, summary: EcgSummary, study: StudyDetail): void {
  sheet.heading('Pauses and longest RR', mm(20));
  const longest =
    summary.longestRr === null
      ? 'not measured'
      : `${seconds(summary.longestRr.seconds)} at ${positionText(study, summary.longestRr.startSample)}`;
  sheet.paragraph(
    `Longest RR interval between analysable beats: ${longest}. ${
      summary.pauses.length === 0
        ? 'No pause of 3.0 s or longer.'
        : `${counted(summary.pauses.length, 'pause')} of 3.0 s or longer.`
    }`,
  );
  if (summary.pauses.length > 0) {
    const pauses = [...summary.pauses].sort((a, b) => b.seconds - a.seconds || a.startSample - b.startSample);
    sheet.table(
      [
        { title: 'Pause begins at', share: 30 },
        { title: 'Length', share: 14, align: 'right' },
        { title: '', share: 56 },
      ],
      pauses
        .slice(0, EVENT_ROWS)
        .map((pause) => [
          { text: positionText(study, pause.startSample, true) },
          { text: seconds(pause.seconds) },
          { text: '' },
        ]),
    );
    more(sheet, pauses.length - EVENT_ROWS, 'pause');
  }
  sheet.heading('Runs and couplets', mm(20));
  const count = (list: readonly Run[], kind: Run['kind']) => list.filter((run) => run.kind === kind).length;
  sheet.paragraph(
    `Ventricular: ${counted(count(summary.runs, 'ventricular'), 'run')} of 3 beats or more, ${counted(
      count(summary.couplets, 'ventricular'),
      'couplet',
    )}. Supraventricular: ${counted(count(summary.runs, 'supraventricular'), 'run')}, ${counted(
      count(summary.couplets, 'supraventricular'),
      'couplet',
    )}.`,
  );
  const rank = (run: Run) => (run.kind === 'ventricular' ? 0 : 1);
  const ordered = [...summary.runs, ...summary.couplets].sort(
    (a, b) =>
      rank(a) - rank(b) || b.beats - a.beats || b.rateBpm - a.rateBpm || a.startSample - b.startSample,
  );
  if (ordered.length === 0) return;
  sheet.table(
    [
      { title: 'Kind', share: 30 },
      { title: 'Beats', share: 10, align: 'right' },
      { title: 'Rate', share: 14, align: 'right' },
      { title: 'Begins at', share: 26 },
      { title: 'Share of samples', share: 20, align: 'right' },
    ],
    ordered.slice(0, EVENT_ROWS).map((run) => [
      {
        text: `${run.kind === 'ventricular' ? 'Ventricular' : 'Supraventricular'} ${run.beats > 2 ? 'run' : 'couplet'}`,
      },
      { text: wholeNumber(run.beats) },
      { text: beatsPerMinute(run.rateBpm) },
      { text: positionText(study, run.startSample, true) },
      { text: run.probability === null ? 'set by hand' : percent(run.probability) },
    ]),
  );
  more(sheet, ordered.length - EVENT_ROWS, 'event');
}

/** What came with the recording, as it was written; the patient's marks first. */
function recordedEvents(sheet: Sheet, study: StudyDetail): void {
  if (study.events.length === 0) return;
  sheet.heading('Marks and notes of the recording', mm(20));
  sheet.paragraph('As they came with the file; the analysis does not use them.', SMALL);
  const kinds = study.events.map((event) => ({ event, kind: recordedEventKind(event) }));
  const ordered = [
    ...kinds.filter(({ kind }) => kind === 'patient'),
    ...kinds.filter(({ kind }) => kind !== 'patient'),
  ];
  sheet.table(
    [
      { title: 'At', share: 24 },
      { title: 'For', share: 10, align: 'right' },
      { title: 'Kind', share: 16 },
      { title: 'Text', share: 50 },
    ],
    ordered
      .slice(0, RECORDED_ROWS)
      .map(({ event, kind }) => [
        { text: positionText(study, Math.round(event.atSeconds * study.samplingRateHz), true) },
        { text: event.durationSeconds ? seconds(event.durationSeconds) : '' },
        { text: RECORDED_EVENT_NAMES[kind] },
        { text: event.text },
      ]),
  );
  more(sheet, ordered.length - RECORDED_ROWS, 'mark');
}

function rhythmLine(summary: RhythmSummary, study: StudyDetail): string {
  const times = timeByRhythm(summary, study.samplingRateHz);
  const all = times.reduce((sum, time) => sum + time.seconds, 0);
  const shown = times
    .slice(0, 3)
    .map(({ kind, seconds: time }) => `${RHYTHM_WORDS[kind]} ${percent(time / all)}`);
  return all === 0 ? 'not judged' : shown.join('; ');
}

/** Longest base rhythms other than sinus rhythm and all kinds of events, what is rarest said first. */
function rhythm(sheet: Sheet, summary: RhythmSummary, study: StudyDetail): void {
  sheet.heading('Rhythm', mm(24));
  const { afBurden } = summary;
  const burden =
    afBurden === null
      ? 'Atrial fibrillation could not be judged.'
      : `Atrial fibrillation or flutter (episodes of 30 s or more): ${percent(afBurden.fraction)} of the judged time${
          afBurden.interval90 === null ? '' : `, 90 % interval ${interval(afBurden.interval90, percent)}`
        }${summary.longestAfSeconds > 0 ? `, longest ${durationWords(summary.longestAfSeconds)}` : ''}.`;
  sheet.paragraph(burden);
  const listed = summary.episodes.filter(({ kind }) => kind !== 'sinus' && kind !== 'pause');
  if (listed.length === 0) return;
  const rank = (kind: RhythmKind) => RHYTHM_KINDS.indexOf(kind);
  const length = ({ startSample, endSample }: RhythmEpisode) => endSample - startSample;
  const longestFirst = [...listed].sort((a, b) => length(b) - length(a) || a.startSample - b.startSample);
  // At most a few of each kind, so that a frequent one does not hide the others.
  const chosen = longestFirst.filter(
    (episode) => longestFirst.filter(({ kind }) => kind === episode.kind).indexOf(episode) < EPISODES_A_KIND,
  );
  chosen.sort((a, b) => rank(a.kind) - rank(b.kind) || length(b) - length(a));
  sheet.table(
    [
      { title: 'Rhythm', share: 34 },
      { title: 'Begins at', share: 20 },
      { title: 'Length', share: 14, align: 'right' },
      { title: 'Rate', share: 12, align: 'right' },
      { title: 'Probability', share: 20, align: 'right' },
    ],
    chosen
      .slice(0, EVENT_ROWS)
      .map((episode) => [
        { text: RHYTHM_WORDS[episode.kind] },
        { text: positionText(study, episode.startSample, true) },
        { text: durationWords(length(episode) / study.samplingRateHz) },
        { text: episode.rateBpm === null ? '' : beatsPerMinute(episode.rateBpm) },
        { text: probabilityText(episode) },
      ]),
  );
  more(sheet, listed.length - Math.min(EVENT_ROWS, chosen.length), 'episode');
}

function probabilityText({ probability, interval90, source }: RhythmEpisode): string {
  if (probability === null) return source === 'signal' ? 'from the signal' : 'by rule';
  const range = interval90 === null ? '' : ` (${percent(interval90.low)} to ${percent(interval90.high)})`;
  return `${percent(probability)}${range}`;
}

function leads(sheet: Sheet, summary: EcgSummary): void {
  sheet.heading('Signal quality by lead', mm(18));
  sheet.table(
    [
      { title: 'Lead', share: 22 },
      { title: 'Analysable', share: 16, align: 'right' },
      { title: 'Lead off or flat', share: 28, align: 'right' },
      { title: 'Saturated', share: 28, align: 'right' },
    ],
    summary.leads.map((lead) => [
      { text: lead.lead },
      { text: percent(lead.analysableFraction) },
      { text: durationWords(lead.leadOffSeconds) },
      { text: durationWords(lead.saturatedSeconds) },
    ]),
  );
}

// --- strips ------------------------------------------------------------------------------------------------

function shownStrips(
  { study, beats, paper }: Omit<ReportInput, 'signal'>,
  summary: EcgSummary,
): { chosen: Strip[]; shown: number[] } {
  const chosen = selectStrips({
    summary,
    findings: study.findings,
    beats,
    events: study.events,
    samplingRateHz: study.samplingRateHz,
    lengthSamples: study.lengthSamples,
    windowSeconds: stripSeconds(paper),
  });
  return { chosen, shown: clearestLeads(summary, study.leads.length) };
}

/** The pieces of signal that `renderReportPdf` will ask for. */
export function signalOfReportPdf(input: Omit<ReportInput, 'signal'>): SignalPiece[] {
  const { summary } = input.study;
  if (summary === null || !isJudged(input)) return [];
  const { chosen, shown } = shownStrips(input, summary);
  return chosen.flatMap((strip) => shown.flatMap((lead) => insideRecording(input.study, lead, strip) ?? []));
}

function strips(sheet: Sheet, input: ReportInput, summary: EcgSummary): void {
  const { study, beats } = input;
  const { chosen, shown } = shownStrips(input, summary);
  if (chosen.length === 0 || study.leads.length === 0) return;
  const drawn = chosen.map((strip) => ({
    strip,
    traces: shown.map(
      (lead): StripLead => ({ name: study.leads[lead], millivolts: withinRecording(input, lead, strip) }),
    ),
  }));
  const first = stripHeight(sheet, drawn[0].strip, drawn[0].traces, study.samplingRateHz);
  sheet.heading('Representative strips', mm(STRIP_LEGEND_MM) + first);
  drawStripLegend(sheet);
  for (const { strip, traces } of drawn) drawStrip(sheet, strip, traces, beats, study);
}

/** The leads that can be analysed longest (in steps of a tenth, so that order decides), in their order. */
function clearestLeads(summary: EcgSummary, count: number): number[] {
  const share = (lead: number) => Math.round((summary.leads[lead]?.analysableFraction ?? 0) * 10);
  return Array.from({ length: count }, (_, lead) => lead)
    .sort((a, b) => share(b) - share(a) || a - b)
    .slice(0, STRIP_LEADS)
    .sort((a, b) => a - b);
}

/** The part of a strip that lies inside the recording; null where there is none. */
function insideRecording(study: StudyDetail, lead: number, strip: Strip): SignalPiece | null {
  const startSample = Math.max(0, strip.startSample);
  const end = Math.min(study.lengthSamples, strip.startSample + strip.lengthSamples);
  return end > startSample ? { lead, startSample, lengthSamples: end - startSample } : null;
}

function withinRecording(input: ReportInput, lead: number, strip: Strip): Float32Array {
  const whole = new Float32Array(strip.lengthSamples).fill(Number.NaN);
  const piece = insideRecording(input.study, lead, strip);
  if (piece !== null) {
    const { startSample, lengthSamples } = piece;
    whole.set(input.signal(lead, startSample, lengthSamples), startSample - strip.startSample);
  }
  return whole;
}

// --- how sure and why --------------------------------------------------------------------------------------

interface Doubt {
  beats: number;
  aleatoric: number;
  epistemic: number;
  recommended: Record<(typeof RECOMMENDATIONS)[number], number>;
}

/** Means in nats over the beats that the network spoke on; counts over all beats of the class. */
function doubtOf(beats: BeatTable, counts: (index: number) => boolean): Doubt {
  const doubt: Doubt = {
    beats: 0,
    aleatoric: 0,
    epistemic: 0,
    recommended: { accept: 0, review: 0, refuse: 0 },
  };
  let spoken = 0;
  for (let i = 0; i < beats.sample.length; i++) {
    if (!counts(i)) continue;
    doubt.beats++;
    doubt.recommended[RECOMMENDATIONS[beats.recommendation[i]] ?? 'refuse']++;
    if (Number.isNaN(beats.aleatoric[i])) continue;
    spoken++;
    doubt.aleatoric += beats.aleatoric[i];
    doubt.epistemic += beats.epistemic[i];
  }
  doubt.aleatoric = spoken === 0 ? Number.NaN : doubt.aleatoric / spoken;
  doubt.epistemic = spoken === 0 ? Number.NaN : doubt.epistemic / spoken;
  return doubt;
}

function nats(value: number): string {
  return Number.isNaN(value) ? 'none' : value.toFixed(4);
}

function howSure(sheet: Sheet, { study, beats, corrections }: ReportInput): void {
  sheet.heading('How sure, and why', mm(40));
  const made = study.provenance;
  const times = made === null ? 'several times' : `${counted(made.samples, 'time')}`;
  sheet.paragraph(
    `The classifier was computed on a simulated memristor array. Every beat was read ${times}; the read noise of the devices makes the answers differ, and how far was trained with the weights, so that their spread is a ${SPREAD_NAME}, as wide as the devices can make it. It does not show everything that the model does not know.`,
  );
  sheet.paragraph(
    'Aleatoric doubt is the mean entropy of the single answers: the beat itself looks like more than one class. Epistemic doubt is the mutual information between answer and read: the answers disagree with each other. Both are in nats; 0 is certain, 1.386 (ln 4) knows nothing. A 90 % interval runs from the 5 % to the 95 % quantile of the ensemble; missed beats, and patients unlike those trained on, are not in it.',
  );
  const all = doubtOf(beats, () => true);
  const share = (part: number) =>
    all.beats === 0 ? 'none' : `${wholeNumber(part)} (${percent(part / all.beats)})`;
  sheet.pairs([
    ['Mean aleatoric', `${nats(all.aleatoric)} nats`],
    ['Beats accepted', share(all.recommended.accept)],
    ['Mean epistemic', `${nats(all.epistemic)} nats`],
    ['Beats for review', share(all.recommended.review)],
    ['Corrected by hand', counted(corrections.length, 'correction')],
    ['Beats refused', share(all.recommended.refuse)],
  ]);
  sheet.heading('By class', mm(20), 'H3');
  sheet.table(
    [
      { title: 'Class', share: 40 },
      { title: 'Beats', share: 14, align: 'right' },
      { title: 'Mean aleatoric', share: 16, align: 'right' },
      { title: 'Mean epistemic', share: 16, align: 'right' },
      { title: 'For review', share: 20, align: 'right' },
    ],
    BEAT_CLASSES.flatMap((name, label) => {
      const doubt = doubtOf(beats, (i) => beats.label[i] === label);
      if (doubt.beats === 0) return [];
      return [
        [
          {
            text: `${name}  ${CLASS_NAMES[name]}`,
            mark: {
              widthMillimetres: 4.6,
              draw: (x: number, y: number) => drawClassMark(sheet.doc, name, x, y),
            },
          },
          { text: wholeNumber(doubt.beats) },
          { text: nats(doubt.aleatoric) },
          { text: nats(doubt.epistemic) },
          { text: percent(doubt.recommended.review / doubt.beats) },
        ],
      ];
    }),
  );
  uncertainBeats(sheet, study, beats);
  reasons(sheet, study);
  correctionList(sheet, study, beats, corrections);
}

/** The beats with the largest predictive entropy, with the two likeliest classes and their intervals. */
function uncertainBeats(sheet: Sheet, study: StudyDetail, beats: BeatTable): void {
  if (mostUncertain(beats) < 0) return;
  const total = (i: number) => beats.aleatoric[i] + beats.epistemic[i];
  const order = Array.from(beats.sample.keys())
    .filter((i) => beats.origin[i] === 0 && !Number.isNaN(total(i)))
    .sort((a, b) => total(b) - total(a) || a - b)
    .slice(0, UNCERTAIN_ROWS);
  const likelihood = (beat: number, rank: number) => {
    const classes = Array.from(
      { length: NETWORK_CLASS_COUNT },
      (_, c) => beat * NETWORK_CLASS_COUNT + c,
    ).sort((a, b) => beats.probabilities[b] - beats.probabilities[a] || a - b);
    const at = classes[rank];
    const range = { low: beats.probabilityLow[at], high: beats.probabilityHigh[at] };
    return `${BEAT_CLASSES[at % NETWORK_CLASS_COUNT]} ${percent(beats.probabilities[at])} (${interval(range, percent)})`;
  };
  sheet.heading('Most uncertain beats', mm(20), 'H3');
  sheet.table(
    [
      { title: 'At', share: 20 },
      { title: 'Likeliest (90 % interval)', share: 27 },
      { title: 'Next (90 % interval)', share: 27 },
      { title: 'Aleatoric, nats', share: 13, align: 'right' },
      { title: 'Epistemic, nats', share: 13, align: 'right' },
    ],
    order.map((i) => [
      { text: positionText(study, beats.sample[i], true) },
      { text: likelihood(i, 0) },
      { text: likelihood(i, 1) },
      { text: nats(beats.aleatoric[i]) },
      { text: nats(beats.epistemic[i]) },
    ]),
  );
}

/** Applicability checks and evidence of the findings, and what the reader of the file had to overlook. */
function reasons(sheet: Sheet, study: StudyDetail): void {
  const seen = new Map<string, string>();
  for (const finding of bySeverity(study.findings)) {
    for (const why of finding.why) if (!seen.has(why)) seen.set(why, finding.label);
  }
  if (seen.size > 0) {
    sheet.heading('Evidence and checks', mm(16), 'H3');
    sheet.table(
      [
        { title: 'Finding', share: 34 },
        { title: 'Why', share: 76 },
      ],
      [...seen]
        .slice(0, FINDING_ROWS)
        .map(([why, label], i, rows) => [{ text: rows[i - 1]?.[1] === label ? '' : label }, { text: why }]),
    );
    more(sheet, seen.size - FINDING_ROWS, 'reason');
  }
  if (study.warnings.length > 0) {
    sheet.heading('Notes of the file reader', mm(10), 'H3');
    for (const warning of study.warnings) sheet.paragraph(warning);
  }
}

function correctionList(
  sheet: Sheet,
  study: StudyDetail,
  beats: BeatTable,
  corrections: readonly Correction[],
): void {
  sheet.heading('Corrections by hand', mm(10), 'H3');
  if (corrections.length === 0) {
    sheet.paragraph('None: every label is the machine’s.');
    return;
  }
  const indexOf = new Map(Array.from(beats.sample, (sample, i) => [sample, i]));
  const words = (correction: Correction): string => {
    if (correction.kind === 'relabel-many') {
      return `${wholeNumber(correction.samples.length)} beats relabelled ${correction.label} at once: ${correction.group}`;
    }
    if (correction.kind === 'wave-limit') return limitWords(correction);
    if (correction.kind === 'add') return `added as ${correction.label}`;
    if (correction.kind === 'delete') return 'deleted';
    const index = indexOf.get(correction.sample);
    const machine = index === undefined ? undefined : BEAT_CLASSES[beats.machineLabel[index]];
    return `relabelled ${correction.label}${machine === undefined ? '' : ` (machine: ${machine})`}`;
  };
  sheet.table(
    [
      { title: 'Beat at', share: 24 },
      { title: 'Sample', share: 16, align: 'right' },
      { title: 'Correction', share: 60 },
    ],
    corrections.slice(0, CORRECTION_ROWS).map((correction) => {
      if (correction.kind === 'wave-limit') {
        return [{ text: 'Median beat' }, { text: '' }, { text: words(correction) }];
      }
      const sample = correction.kind === 'relabel-many' ? correction.samples[0]! : correction.sample;
      return [
        { text: positionText(study, sample, true) },
        { text: wholeNumber(sample) },
        { text: words(correction) },
      ];
    }),
  );
  more(sheet, corrections.length - CORRECTION_ROWS, 'correction');
}

function limitWords({ limit, place }: Extract<Correction, { kind: 'wave-limit' }>): string {
  const name = WAVE_LIMIT_NAMES[limit];
  if (place.at === 'nowhere') return `${name}: not there`;
  if (place.at === 'machine') return `${name} as the machine has it`;
  return `${name} at ${Math.round(place.fromRPeakMs)} ms from the R peak`;
}

// --- provenance --------------------------------------------------------------------------------------------

export function provenance(sheet: Sheet, made: Provenance, item: 'beat' | 'image' = 'beat'): void {
  const hash: TextStyle = { face: 'mono', size: 7.5, colour: INK };
  sheet.heading('Provenance', mm(40));
  sheet.pairs([
    ['Software', `Kirchhoff ${made.softwareVersion}`],
    ['Model', made.model],
    ['Device profile', made.deviceProfile],
    ['Calibration', made.calibrationId],
    ['Since programming', `${durationWords(made.driftSeconds)} (${wholeNumber(made.driftSeconds)} s)`],
    ['Drift compensation', made.driftCompensation ? 'on' : 'off'],
    ['Programming seed', String(made.programmingSeed)],
    [item === 'beat' ? 'Samples a beat' : 'Samples an image', wholeNumber(made.samples)],
    ['Sampling seed', String(made.seed)],
    ['Input files', wholeNumber(made.inputs.length)],
    ...(made.rhythm === null
      ? []
      : ([
          ['Rhythm model', made.rhythm.model],
          ['Rhythm calibration', made.rhythm.calibrationId],
        ] satisfies [string, string][])),
  ]);
  sheet.heading('SHA-256', mm(16), 'H3');
  sheet.pairs(
    [
      ['Content', made.contentSha256],
      ['Model', made.modelSha256],
      ...(made.rhythm === null
        ? []
        : ([['Rhythm model', made.rhythm.modelSha256]] satisfies [string, string][])),
      ['Device profile', made.deviceProfileSha256],
    ],
    1,
    hash,
  );
  sheet.y += mm(2.5);
  sheet.table(
    [
      { title: 'Input file', share: 28 },
      { title: 'Bytes', share: 14, align: 'right' },
      { title: 'SHA-256', share: 68 },
    ],
    made.inputs.map((file) => [
      { text: file.name },
      { text: wholeNumber(file.bytes) },
      { text: file.sha256, style: hash },
    ]),
  );
}

/** What the array held: only where it computed. */
export function tiles(sheet: Sheet, made: Provenance): void {
  if (made.tiles.length === 0) return;
  sheet.heading('Crossbar tiles', mm(20), 'H3');
  sheet.table(
    [
      { title: 'Layer', share: 30 },
      { title: 'Tile', share: 10, align: 'right' },
      { title: 'Size, rows × columns', share: 24, align: 'right' },
      { title: 'Used, rows × columns', share: 24, align: 'right' },
      { title: 'Utilisation', share: 16, align: 'right' },
    ],
    [...made.tiles, ...(made.rhythm?.tiles ?? [])].map((tile) => [
      { text: tile.layer },
      { text: String(tile.tile) },
      { text: `${tile.rows} × ${tile.columns}` },
      { text: `${tile.rowsUsed} × ${tile.columnsUsed}` },
      { text: percent(tile.utilisation) },
    ]),
  );
}

// --- studies without an answer -----------------------------------------------------------------------------

function notAnalysed(sheet: Sheet, study: StudyDetail, summary: EcgSummary | null): void {
  const refused = study.status === 'refused';
  const verdict = refused
    ? 'Not analysed: refused'
    : study.status === 'failed'
      ? 'Not analysed: failed'
      : 'Not analysed yet';
  const style: TextStyle = { face: 'bold', size: 13, colour: INK };
  sheet.element('P', () => sheet.line(verdict, sheet.left, sheet.y + style.size, style));
  sheet.y += sheet.lineHeight(style) + mm(1);
  const against = study.findings.filter((finding) => finding.recommendation === 'refuse');
  const why = [
    study.headline,
    study.error === null
      ? null
      : study.error.at === null
        ? study.error.message
        : `${study.error.at}: ${study.error.message}`,
    ...against.flatMap((finding) => [finding.label, ...finding.why]),
  ];
  for (const sentence of new Set(why)) {
    if (sentence !== null && sentence !== '') sheet.paragraph(sentence, { ...BODY, size: 10.5 });
  }
  sheet.paragraph(
    refused
      ? 'The recording lies outside what this version can judge. It gives no beat counts, rates or events for it: read the recording by eye.'
      : 'There are no results for this recording.',
  );
  boxed(sheet, 'Rhythm, beats and rates are not judged in this recording.');
  patient(sheet, study);
  if (summary !== null) leads(sheet, summary);
  if (study.warnings.length > 0) {
    sheet.heading('Notes of the file reader', mm(10), 'H3');
    for (const warning of study.warnings) sheet.paragraph(warning, { ...LABEL, face: 'regular', size: 9 });
  }
}
