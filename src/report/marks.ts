/** The signs for beat classes and severities: a shape and a letter or word each, so that grey print loses nothing. */
import type { BeatClass, Severity } from '../contract/ecg.ts';
import { INK, mm, rounded } from './sheet.ts';

const CLASS_COLOURS: Record<BeatClass, string> = {
  N: '#c4cbd0',
  S: '#e69f00',
  V: '#d55e00',
  F: '#cc79a7',
  Q: '#56b4e9',
};

const URGENT = '#c62828';

export const CLASS_NAMES: Record<BeatClass, string> = {
  N: 'Normal',
  S: 'Supraventricular ectopic',
  V: 'Ventricular ectopic',
  F: 'Fusion',
  Q: 'Not classifiable',
};

export const CLASS_SHAPES: Record<BeatClass, string> = {
  N: 'bar',
  S: 'triangle',
  V: 'square',
  F: 'diamond',
  Q: 'circle',
};

/** A class mark about 2 mm high, centred; `sure` false leaves it hollow with a broken edge. */
export function drawClassMark(
  doc: PDFKit.PDFDocument,
  beatClass: BeatClass,
  x: number,
  y: number,
  sure = true,
): void {
  const r = mm(1);
  doc.lineWidth(0.6).strokeColor(INK).fillColor(CLASS_COLOURS[beatClass]);
  switch (beatClass) {
    case 'N':
      doc.rect(rounded(x - r * 0.35), rounded(y - r), rounded(r * 0.7), rounded(2 * r));
      break;
    case 'S':
      polygon(doc, [
        [x, y - r],
        [x + r * 1.1, y + r],
        [x - r * 1.1, y + r],
      ]);
      break;
    case 'V':
      doc.rect(rounded(x - r * 0.9), rounded(y - r * 0.9), rounded(r * 1.8), rounded(r * 1.8));
      break;
    case 'F':
      polygon(doc, [
        [x, y - r * 1.2],
        [x + r * 1.2, y],
        [x, y + r * 1.2],
        [x - r * 1.2, y],
      ]);
      break;
    case 'Q':
      doc.circle(rounded(x), rounded(y), rounded(r));
      break;
  }
  if (sure) {
    doc.fillAndStroke();
  } else {
    doc.dash(1, { space: 0.8 }).stroke().undash();
  }
}

/** A sign 3 mm wide, centred; its word always stands beside it. */
export function drawSeverityMark(doc: PDFKit.PDFDocument, severity: Severity, x: number, y: number): void {
  const r = mm(1.2);
  const stem = (colour: string, dot: 'below' | 'above') => {
    const side = dot === 'below' ? 1 : -1;
    doc.lineWidth(0.8).strokeColor(colour);
    doc
      .moveTo(rounded(x), rounded(y - side * r * 0.35))
      .lineTo(rounded(x), rounded(y + side * r * 0.25))
      .stroke();
    doc.rect(rounded(x - 0.4), rounded(y + side * r * 0.6 - 0.4), 0.8, 0.8).fill(colour);
  };
  if (severity === 'information') {
    doc.lineWidth(0.6).strokeColor(INK).circle(rounded(x), rounded(y), rounded(r)).stroke();
    stem(INK, 'above');
    return;
  }
  polygon(doc, [
    [x, y - r * 1.1],
    [x + r * 1.2, y + r],
    [x - r * 1.2, y + r],
  ]);
  if (severity === 'urgent') {
    doc.lineWidth(0.6).fillColor(URGENT).strokeColor(URGENT).fillAndStroke();
    stem('#ffffff', 'below');
  } else {
    doc.lineWidth(0.6).strokeColor(INK).stroke();
    stem(INK, 'below');
  }
}

function polygon(doc: PDFKit.PDFDocument, corners: readonly (readonly [number, number])[]): void {
  corners.forEach(([x, y], i) => {
    if (i === 0) doc.moveTo(rounded(x), rounded(y));
    else doc.lineTo(rounded(x), rounded(y));
  });
  doc.closePath();
}
