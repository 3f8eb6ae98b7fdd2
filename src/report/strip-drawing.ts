/**
 * Draws a stretch of ECG at true scale: 25 mm/s and 10 mm/mV on millimetre paper, with a calibration pulse of
 * 1 mV and 0.2 s before it, beat marks above and times below (the usual form of an ECG print; 1 mm is
 * 0.04 s and 0.1 mV).
 */
import { BEAT_CLASSES, type BeatTable, RECOMMENDATIONS } from '../contract/ecg.ts';
import type { RecordedEvent } from '../contract/study.ts';
import { CLASS_SHAPES, drawClassMark } from './marks.ts';
import { ACCENT, INK, LABEL, MARGIN_MM, mm, QUIET, rounded, type Sheet, SMALL, STRONG } from './sheet.ts';
import type { Strip } from './strips.ts';
import { clockTime, elapsed } from './wording.ts';

const SPEED_MM_PER_SECOND = 25;
const GAIN_MM_PER_MILLIVOLT = 10;

const PAPER_MINOR = '#f8d7d9';
const PAPER_MAJOR = '#eaa9ad';
const TRACE = '#10151a';
/** Room for the calibration pulse at the left of the grid. */
const CALIBRATION_MM = 10;
const CALIBRATION_WIDTH_MM = 5;
/** Of a lead's panel, above and below its base line. */
const LARGEST_UP_MM = 30;
const LARGEST_DOWN_MM = 30;
/** Height of the legend of strips. */
export const STRIP_LEGEND_MM = 9;
const TITLE_MM = 4.5;
const MARKS_MM = 8;
const TIMES_MM = 4.5;

export interface StripLead {
  name: string;
  /** Millivolts over the strip, NaN outside the recording and in gaps. */
  millivolts: Float32Array;
}

/** Width of the grid, whole millimetres so that its lines end on an edge. */
function gridWidthMm(sheet: Sheet): number {
  return Math.floor(sheet.width / mm(1) + 1e-6);
}

/** How much time one strip of this paper shows. */
export function stripSeconds(paper: 'A4' | 'Letter'): number {
  const paperMm = paper === 'A4' ? 210 : 215.9;
  return (Math.floor(paperMm - 2 * MARGIN_MM) - CALIBRATION_MM) / SPEED_MM_PER_SECOND;
}

interface Panel {
  lead: StripLead;
  /** Millivolts that lie on the base line. */
  baseMillivolts: number;
  upMm: number;
  downMm: number;
  cut: boolean;
}

/** The base line is the lead's median over the strip; the panel holds the trace in steps of 5 mm. */
function panelOf(lead: StripLead): Panel {
  const present = lead.millivolts.filter((value) => Number.isFinite(value)).sort();
  const baseMillivolts = present.length === 0 ? 0 : present[present.length >> 1];
  const highest = present.length === 0 ? 0 : present[present.length - 1] - baseMillivolts;
  const lowest = present.length === 0 ? 0 : present[0] - baseMillivolts;
  const steps = (millivolts: number) => Math.ceil((millivolts * GAIN_MM_PER_MILLIVOLT) / 5) * 5;
  const up = steps(highest);
  const down = steps(-lowest);
  return {
    lead,
    baseMillivolts,
    upMm: Math.max(15, Math.min(up, LARGEST_UP_MM)),
    downMm: Math.max(5, Math.min(down, LARGEST_DOWN_MM)),
    cut: up > LARGEST_UP_MM || down > LARGEST_DOWN_MM,
  };
}

/** A strip with what its size depends on worked out. */
interface StripLayout {
  panels: Panel[];
  gridMm: number;
  noteLines: string[];
  /** Of the whole strip with title, notes, marks and times, points. */
  height: number;
}

function layoutOf(
  sheet: Sheet,
  strip: Strip,
  leads: readonly StripLead[],
  samplingRateHz: number,
): StripLayout {
  const panels = leads.map(panelOf);
  const gridMm = panels.reduce((sum, panel) => sum + panel.upMm + panel.downMm, 0);
  const others = strip.reasons.slice(1);
  const notes = others.length > 0 ? [`Also here: ${others.join('; ')}`] : [];
  const cut = panels.filter((panel) => panel.cut).map((panel) => panel.lead.name);
  if (cut.length > 0) notes.push(`The trace of ${cut.join(' and ')} is cut at the edge of the strip.`);
  if (strip.focus !== null && strip.focus.endSample > strip.startSample + strip.lengthSamples) {
    notes.push(`It goes on beyond this strip, to ${elapsed(strip.focus.endSample / samplingRateHz, true)}.`);
  }
  const noteLines = notes.flatMap((note) => sheet.wrap(note, SMALL, sheet.width));
  const height = mm(TITLE_MM + MARKS_MM + gridMm + TIMES_MM + 4) + noteLines.length * sheet.lineHeight(SMALL);
  return { panels, gridMm, noteLines, height };
}

/** What the strip takes of a page, points. */
export function stripHeight(
  sheet: Sheet,
  strip: Strip,
  leads: readonly StripLead[],
  samplingRateHz: number,
): number {
  return layoutOf(sheet, strip, leads, samplingRateHz).height;
}

export function drawStrip(
  sheet: Sheet,
  strip: Strip,
  leads: readonly StripLead[],
  beats: BeatTable,
  study: { samplingRateHz: number; recordedAt: string | null; events: readonly RecordedEvent[] },
): void {
  const { samplingRateHz, recordedAt } = study;
  const { panels, gridMm, noteLines, height } = layoutOf(sheet, strip, leads, samplingRateHz);
  sheet.ensure(height);
  const title = strip.reasons[0];
  const start = Math.max(0, strip.startSample) / samplingRateHz;
  const clock = clockTime(recordedAt, start);
  const when = `from ${elapsed(start, true)}${clock === null ? '' : ` (${clock})`}`;
  sheet.element('H3', () => {
    const room = sheet.width - sheet.measure(when, SMALL) - mm(4);
    sheet.line(sheet.shortened(title, STRONG, room), sheet.left, sheet.y + mm(3.2), STRONG);
    sheet.line(when, sheet.right, sheet.y + mm(3.2), SMALL, 'right');
  });
  sheet.y += mm(TITLE_MM);
  if (noteLines.length > 0) {
    sheet.element('P', () => {
      noteLines.forEach((line, i) => {
        sheet.line(line, sheet.left, sheet.y + SMALL.size + i * sheet.lineHeight(SMALL), SMALL);
      });
    });
    sheet.y += noteLines.length * sheet.lineHeight(SMALL);
  }

  const alternative = describe(strip, leads, beats, samplingRateHz, when);
  sheet.element(
    'Figure',
    () => {
      const gridTop = sheet.y + mm(MARKS_MM);
      const signalLeft = sheet.left + mm(CALIBRATION_MM);
      const xOf = (sample: number) =>
        signalLeft + ((sample - strip.startSample) / samplingRateHz) * mm(SPEED_MM_PER_SECOND);
      drawGrid(sheet, gridTop, gridMm);
      drawFocus(sheet, strip, xOf, gridTop);
      drawBeats(sheet, strip, beats, xOf, gridTop);
      let panelTop = gridTop;
      for (const panel of panels) {
        drawPanel(sheet, panel, panelTop, xOf, strip.startSample);
        panelTop += mm(panel.upMm + panel.downMm);
      }
      drawRecorded(sheet, strip, study, xOf, gridTop + mm(gridMm), gridMm);
      drawTimes(sheet, strip, samplingRateHz, xOf, gridTop + mm(gridMm));
    },
    alternative,
  );
  sheet.y += mm(MARKS_MM + gridMm + TIMES_MM + 4);
}

/** Marks and notes that came with the recording: a dashed line through the grid with the words at its foot. */
function drawRecorded(
  sheet: Sheet,
  strip: Strip,
  { events, samplingRateHz }: { events: readonly RecordedEvent[]; samplingRateHz: number },
  xOf: (sample: number) => number,
  bottom: number,
  gridMm: number,
): void {
  const { doc } = sheet;
  for (const { atSeconds, text } of events) {
    const sample = Math.round(atSeconds * samplingRateHz);
    if (sample < strip.startSample || sample >= strip.startSample + strip.lengthSamples) continue;
    const x = xOf(sample);
    doc
      .dash(2, { space: 2 })
      .moveTo(rounded(x), rounded(bottom - mm(gridMm)))
      .lineTo(rounded(x), rounded(bottom))
      .lineWidth(0.5)
      .strokeColor(INK)
      .stroke()
      .undash();
    const room = sheet.left + mm(gridWidthMm(sheet)) - x - mm(2);
    const words = room < mm(12) ? '' : sheet.shortened(text, LABEL, Math.min(room, mm(60)));
    if (words === '') continue;
    const width = sheet.measure(words, LABEL) + mm(1.6);
    doc.rect(rounded(x + mm(0.6)), rounded(bottom - mm(4)), rounded(width), rounded(mm(3.4))).fill('#ffffff');
    sheet.line(words, x + mm(1.4), bottom - mm(1.4), LABEL);
  }
}

function drawGrid(sheet: Sheet, top: number, heightMm: number): void {
  const { doc, left } = sheet;
  const widthMm = gridWidthMm(sheet);
  for (const { colour, width, step } of [
    { colour: PAPER_MINOR, width: 0.25, step: 1 },
    { colour: PAPER_MAJOR, width: 0.5, step: 5 },
  ]) {
    for (let x = 0; x <= widthMm; x += step) {
      doc
        .moveTo(rounded(left + mm(x)), rounded(top))
        .lineTo(rounded(left + mm(x)), rounded(top + mm(heightMm)));
    }
    for (let y = 0; y <= heightMm; y += step) {
      doc
        .moveTo(rounded(left), rounded(top + mm(y)))
        .lineTo(rounded(left + mm(widthMm)), rounded(top + mm(y)));
    }
    doc.lineWidth(width).strokeColor(colour).stroke();
  }
}

/** A bracket over the event that the strip is about, open where the event goes on beyond the strip. */
function drawFocus(sheet: Sheet, strip: Strip, xOf: (sample: number) => number, gridTop: number): void {
  if (strip.focus === null) return;
  const y = gridTop - mm(0.9);
  const end = strip.startSample + strip.lengthSamples;
  const from = Math.max(xOf(strip.focus.startSample), xOf(strip.startSample));
  const to = Math.min(xOf(strip.focus.endSample), xOf(end));
  const { doc } = sheet;
  doc.lineWidth(1.1).strokeColor(ACCENT);
  if (strip.focus.startSample >= strip.startSample) doc.moveTo(rounded(from), rounded(gridTop));
  else doc.moveTo(rounded(from), rounded(y));
  doc.lineTo(rounded(from), rounded(y)).lineTo(rounded(to), rounded(y));
  if (strip.focus.endSample <= end) doc.lineTo(rounded(to), rounded(gridTop));
  doc.stroke();
}

function drawBeats(
  sheet: Sheet,
  strip: Strip,
  beats: BeatTable,
  xOf: (sample: number) => number,
  gridTop: number,
): void {
  for (const i of beatsWithin(strip, beats)) {
    const beatClass = BEAT_CLASSES[beats.label[i]] ?? 'Q';
    const byHand = beats.origin[i] !== 0;
    const sure = byHand || RECOMMENDATIONS[beats.recommendation[i]] !== 'review';
    const x = xOf(beats.sample[i]);
    drawClassMark(sheet.doc, beatClass, x, gridTop - mm(2.6), sure);
    sheet.line(
      `${beatClass}${byHand ? '*' : sure ? '' : '?'}`,
      x,
      gridTop - mm(4.6),
      { ...LABEL, colour: INK },
      'centre',
    );
  }
}

function beatsWithin(strip: Strip, beats: BeatTable): number[] {
  const within: number[] = [];
  for (let i = 0; i < beats.sample.length; i++) {
    const sample = beats.sample[i];
    if (sample >= strip.startSample && sample < strip.startSample + strip.lengthSamples) within.push(i);
  }
  return within;
}

function drawPanel(
  sheet: Sheet,
  panel: Panel,
  top: number,
  xOf: (sample: number) => number,
  startSample: number,
): void {
  const { doc, left } = sheet;
  const base = top + mm(panel.upMm);
  const high = base - mm(GAIN_MM_PER_MILLIVOLT);
  const pulse = left + mm((CALIBRATION_MM - CALIBRATION_WIDTH_MM) / 2);
  doc
    .lineWidth(0.6)
    .lineJoin('round')
    .lineCap('round')
    .strokeColor(TRACE)
    .moveTo(rounded(left), rounded(base))
    .lineTo(rounded(pulse), rounded(base))
    .lineTo(rounded(pulse), rounded(high))
    .lineTo(rounded(pulse + mm(CALIBRATION_WIDTH_MM)), rounded(high))
    .lineTo(rounded(pulse + mm(CALIBRATION_WIDTH_MM)), rounded(base))
    .lineTo(rounded(left + mm(CALIBRATION_MM)), rounded(base))
    .stroke();

  doc.save();
  doc
    .rect(
      rounded(left),
      rounded(top),
      rounded(mm(gridWidthMm(sheet))),
      rounded(mm(panel.upMm + panel.downMm)),
    )
    .clip();
  doc.lineWidth(0.65).strokeColor(TRACE);
  let penDown = false;
  let drawn = false;
  panel.lead.millivolts.forEach((millivolts, i) => {
    if (!Number.isFinite(millivolts)) {
      penDown = false;
      return;
    }
    const x = rounded(xOf(startSample + i));
    const y = rounded(base - (millivolts - panel.baseMillivolts) * mm(GAIN_MM_PER_MILLIVOLT));
    if (!penDown) doc.moveTo(x, y);
    // Also after a move: a value alone between two gaps is a dot, not nothing.
    doc.lineTo(x, y);
    penDown = true;
    drawn = true;
  });
  if (drawn) doc.stroke();
  doc.restore();
  doc.lineCap('butt').lineJoin('miter');

  const name = { ...STRONG, size: 8.5 };
  const label = sheet.shortened(panel.lead.name, name, mm(30));
  const width = sheet.measure(label, name);
  doc
    .rect(rounded(left + mm(0.6)), rounded(top + mm(0.6)), rounded(width + mm(1)), rounded(mm(3.8)))
    .fill('#ffffff');
  sheet.line(label, left + mm(1.1), top + mm(3.5), name);
  if (!drawn) sheet.line('no signal', left + mm(CALIBRATION_MM + 4), base - mm(1), SMALL);
}

function drawTimes(
  sheet: Sheet,
  strip: Strip,
  samplingRateHz: number,
  xOf: (sample: number) => number,
  y: number,
): void {
  const first = Math.ceil(strip.startSample / samplingRateHz);
  const last = (strip.startSample + strip.lengthSamples) / samplingRateHz;
  const scale = `${SPEED_MM_PER_SECOND} mm/s   ${GAIN_MM_PER_MILLIVOLT} mm/mV`;
  const scaleLeft = sheet.left + mm(gridWidthMm(sheet)) - sheet.measure(scale, SMALL);
  for (let second = Math.max(0, first); second <= last; second++) {
    const x = xOf(second * samplingRateHz);
    sheet.doc
      .lineWidth(0.6)
      .strokeColor(QUIET)
      .moveTo(rounded(x), rounded(y))
      .lineTo(rounded(x), rounded(y + mm(1)))
      .stroke();
    const label = elapsed(second);
    if (x + sheet.measure(label, SMALL) / 2 < scaleLeft - mm(2)) {
      sheet.line(label, x, y + mm(3.8), SMALL, 'centre');
    }
  }
  sheet.line(scale, sheet.left + mm(gridWidthMm(sheet)), y + mm(3.8), SMALL, 'right');
}

/** What the picture shows, for readers who do not see it. */
function describe(
  strip: Strip,
  leads: readonly StripLead[],
  beats: BeatTable,
  samplingRateHz: number,
  when: string,
): string {
  const letters = beatsWithin(strip, beats).map((i) => BEAT_CLASSES[beats.label[i]] ?? 'Q');
  const names = leads.map((lead) => lead.name).join(', ');
  const length = (strip.lengthSamples / samplingRateHz).toFixed(1);
  return `ECG strip, leads ${names}, ${when}, ${length} seconds. ${strip.reasons.join('. ')}. Beats: ${
    letters.length === 0 ? 'none' : letters.join(' ')
  }.`;
}

/** A ruler of 50 mm, by which a reader sees whether the print kept its size, and what the marks mean. */
export function drawStripLegend(sheet: Sheet): void {
  const height = mm(STRIP_LEGEND_MM);
  sheet.ensure(height);
  sheet.element(
    'Figure',
    () => {
      const { doc, left, y } = sheet;
      doc.lineWidth(0.6).strokeColor(INK);
      for (let tick = 0; tick <= 50; tick++) {
        const length = tick % 10 === 0 ? 3 : tick % 5 === 0 ? 2 : 1.2;
        doc
          .moveTo(rounded(left + mm(tick)), rounded(y))
          .lineTo(rounded(left + mm(tick)), rounded(y + mm(length)));
      }
      doc
        .moveTo(rounded(left), rounded(y))
        .lineTo(rounded(left + mm(50)), rounded(y))
        .stroke();
      sheet.line('50 mm: if a ruler disagrees, the print was scaled', left, y + mm(6.4), SMALL);
      let x = left + mm(66);
      for (const beatClass of BEAT_CLASSES) {
        drawClassMark(doc, beatClass, x, y + mm(1.6));
        x += mm(2.4);
        x +=
          sheet.line(`${beatClass} (${CLASS_SHAPES[beatClass]})`, x, y + mm(2.6), { ...SMALL, colour: INK }) +
          mm(4);
      }
      sheet.line(
        'hollow with ?: for review   *: set by hand   each lead about its own median',
        left + mm(65),
        y + mm(6.4),
        SMALL,
      );
    },
    'A ruler of 50 millimetres and the legend of beat marks: N bar, S triangle, V square, F diamond, Q circle; hollow with a question mark: for review; asterisk: set by hand.',
  );
  sheet.y += height;
}
