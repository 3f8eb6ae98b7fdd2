/** The report of a study of images as a PDF: answer, picture with its evidence, checks, readings, provenance. */
import { encode } from 'fast-png';
import { DECISION_SUPPORT_NOTICE, type Severity } from '../contract/ecg.ts';
import type { ImagingFinding } from '../contract/imaging-findings.ts';
import type { ImageReport, ImageReportInput, ReportPicture } from './image-report-input.ts';
import { drawSeverityMark } from './marks.ts';
import type { ReportFonts } from './report-input.ts';
import { provenance, tiles } from './report-pdf.ts';
import { ACCENT, BODY, INK, mm, QUIET, Sheet, SMALL, STRONG, type TextStyle } from './sheet.ts';
import { interval, percent } from './wording.ts';

const PICTURE_MM = 120;

/** Makes the PDF, tagged and in English. The same input and fonts give the same bytes. */
export async function renderImageReportPdf(
  { report, pictures, paper }: ImageReportInput,
  fonts: ReportFonts,
): Promise<Uint8Array> {
  const { patient } = report;
  const contentId = report.images
    .map(({ provenance: made, fileName }) => made?.contentSha256 ?? fileName)
    .join(' ');
  const sheet = new Sheet(fonts, {
    paper,
    title: `Imaging report, ${report.description}`,
    subject: 'Imaging decision support report',
    contentId,
    identity: [
      patient.name === '' ? 'Name not recorded' : patient.name,
      `ID ${patient.id === '' ? 'not recorded' : patient.id}`,
      report.description,
    ],
    notice: DECISION_SUPPORT_NOTICE,
  });
  head(sheet, report);
  answer(sheet, report);
  report.images.forEach((image, i) => {
    const picture = pictures[i] ?? null;
    if (image.finding === null && picture === null) return;
    sheet.heading(image.fileName, mm(60));
    if (picture !== null) drawPictures(sheet, picture.plain, picture.evidence);
    technique(sheet, image);
    if (image.finding !== null) checks(sheet, image.finding);
  });
  readings(sheet, report);
  for (const { provenance: made } of report.images) {
    if (made === null) continue;
    provenance(sheet, made, 'image');
    tiles(sheet, made);
  }
  return sheet.finish();
}

function head(sheet: Sheet, report: ImageReport): void {
  sheet.element('H1', () => {
    sheet.line('Imaging report', sheet.left, sheet.y + 17, { face: 'bold', size: 20, colour: INK });
  });
  sheet.element('P', () => {
    const when = report.studiedAt === null ? 'date not recorded' : report.studiedAt.replace('T', ' ');
    sheet.line(`${report.description}, ${when}`, sheet.left, sheet.y + 30, SMALL);
  });
  sheet.y += mm(17);
  sheet.rule(sheet.y, ACCENT, 1.4);
  sheet.y += mm(4);
}

const OPINIONS = { present: 'present', absent: 'absent', uncertain: 'uncertain' } as const;

/** The first page answers in a few lines. */
function answer(sheet: Sheet, report: ImageReport): void {
  const status =
    report.confirmed === null
      ? 'Preliminary: not yet confirmed by a clinician'
      : `Confirmed by ${report.confirmed.by}, ${report.confirmed.at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}`;
  const reading = report.readings.at(-1);
  const { patient } = report;
  row(sheet, 'Status', status, STRONG);
  row(
    sheet,
    'Patient',
    [
      patient.name === '' ? 'name not recorded' : patient.name,
      patient.birthDate === null ? '' : `born ${patient.birthDate}`,
      patient.ageYears === null ? 'age not recorded' : `${patient.ageYears} years`,
      `sex ${patient.sex}`,
    ]
      .filter((part) => part !== '')
      .join(', '),
  );
  for (const { finding, fileName } of report.images) {
    if (finding === null) continue;
    const severity = finding.recommendation === 'refuse' ? undefined : finding.severity;
    row(sheet, fileName, findingLine(finding), STRONG, severity);
  }
  row(
    sheet,
    'Reader',
    reading === undefined
      ? report.confirmed === null
        ? 'No reading yet'
        : 'Documents seen; there is no image to read'
      : `${OPINIONS[reading.opinion]}${reading.text === '' ? '' : `: ${reading.text}`} (${reading.by})`,
  );
}

function findingLine({ label, probability, credibleInterval90, recommendation }: ImagingFinding): string {
  const sure =
    probability === null
      ? ''
      : `, probability ${percent(probability)}${
          credibleInterval90 === null ? '' : ` (90 % interval ${interval(credibleInterval90, percent)})`
        }`;
  const advice = { accept: 'accept', review: 'for review', refuse: 'do not use' }[recommendation];
  return `${label}${sure}; recommendation: ${advice}`;
}

function row(sheet: Sheet, name: string, words: string, style: TextStyle = BODY, severity?: Severity): void {
  const text: TextStyle = { ...style, size: 10 };
  const textLeft = sheet.left + mm(34);
  const indent = severity === undefined ? 0 : mm(4.6);
  const lines = sheet.wrap(words, text, sheet.right - textLeft - indent, 6);
  sheet.ensure(lines.length * sheet.lineHeight(text) + mm(3));
  sheet.element('P', () => {
    const label: TextStyle = { face: 'bold', size: 9, colour: QUIET };
    sheet.line(`${sheet.shortened(name, label, mm(32))} `, sheet.left, sheet.y + text.size, label);
    if (severity !== undefined) drawSeverityMark(sheet.doc, severity, textLeft + mm(1.5), sheet.y + 7);
    lines.forEach((line, i) => {
      sheet.line(line, textLeft + indent, sheet.y + text.size + i * sheet.lineHeight(text), text);
    });
  });
  sheet.y += lines.length * sheet.lineHeight(text) + mm(1.4);
  sheet.rule(sheet.y, '#e3e6e8', 0.5);
  sheet.y += mm(1.4);
}

function drawPictures(sheet: Sheet, plain: ReportPicture, evidence: ReportPicture | null): void {
  const shown = evidence === null ? [plain] : [plain, evidence];
  const gap = mm(4);
  const room = evidence === null ? mm(PICTURE_MM) : (sheet.width - gap) / 2;
  const height = Math.min(mm(PICTURE_MM), (room * plain.height) / plain.width);
  const width = (height * plain.width) / plain.height;
  sheet.ensure(height + mm(6));
  shown.forEach((picture, i) => {
    const png = encode({
      width: picture.width,
      height: picture.height,
      channels: picture.channels,
      depth: 8,
      data: picture.samples,
    });
    const x = sheet.left + i * (width + gap);
    sheet.element(
      'Figure',
      // pdfkit takes bytes of any kind; its types name Node's only.
      () => sheet.doc.image(Buffer.from(png), x, sheet.y, { width, height }),
      i === 0 ? 'The image as its file prefers to be shown' : 'The image with the map of evidence over it',
    );
  });
  sheet.y += height + mm(1);
  sheet.element('P', () => {
    const words =
      evidence === null
        ? 'As its file prefers to be shown; reduced, not for diagnosis from this page.'
        : 'Left: reduced, not for diagnosis from this page. Right: where the answer comes from, the redder the more.';
    sheet.line(words, sheet.left, sheet.y + SMALL.size, SMALL);
  });
  sheet.y += sheet.lineHeight(SMALL) + mm(1.5);
}

function technique(sheet: Sheet, { technique: made, warnings }: ImageReport['images'][number]): void {
  const rows: [string, string][] = [
    ['Modality', made.modality ?? 'not recorded'],
    ['Body part', made.bodyPart ?? 'not recorded'],
    ['View', made.view ?? 'not recorded'],
    ['Photometric', made.photometric ?? 'not recorded'],
  ];
  sheet.pairs(rows);
  for (const warning of warnings) sheet.paragraph(`Note: ${warning}`, SMALL);
}

const OUTCOMES = {
  passed: 'passed',
  unknown: 'not known',
  review: 'for review',
  refused: 'refused',
} as const;

function checks(sheet: Sheet, finding: ImagingFinding): void {
  sheet.heading('How sure and why', mm(20), 'H3');
  const { aleatoric, epistemic, conformalSet } = finding;
  sheet.pairs([
    ['Aleatoric', aleatoric === null ? 'not asked' : `${aleatoric.toFixed(3)} nats`],
    ['Epistemic', epistemic === null ? 'not asked' : `${epistemic.toFixed(3)} nats`],
    ['Conformal set, 90 %', conformalSet === null ? 'not asked' : conformalSet.join(' or ') || 'empty'],
  ]);
  for (const why of finding.why) sheet.paragraph(why);
  sheet.table(
    [
      { title: 'Checked before the model was asked', share: 78 },
      { title: 'Outcome', share: 18 },
    ],
    finding.applicability.map(({ why, outcome }) => [{ text: why }, { text: OUTCOMES[outcome] }]),
  );
}

function readings(sheet: Sheet, report: ImageReport): void {
  if (report.readings.length === 0) return;
  sheet.heading('Readings', mm(16));
  sheet.table(
    [
      { title: 'When', share: 26 },
      { title: 'By', share: 18 },
      { title: 'Opinion', share: 14 },
      { title: 'Text', share: 60 },
    ],
    report.readings.map(({ at, by, opinion, text }) => [
      { text: at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC') },
      { text: by },
      { text: OPINIONS[opinion] },
      { text },
    ]),
  );
}
