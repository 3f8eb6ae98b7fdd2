/**
 * Paper to write a report on: pages, text in any script, tables and tagged structure on top of pdfkit.
 * Lengths are PDF points unless a name says millimetres; y grows downwards from the top edge.
 */
import PDFDocument from 'pdfkit';
import type { ReportFonts } from './report-input.ts';
import { type GlyphCoverage, layoutLine, type TextRun } from './text-runs.ts';

export const POINTS_PER_MILLIMETRE = 72 / 25.4;

/** Millimetres as points. */
export function mm(millimetres: number): number {
  return millimetres * POINTS_PER_MILLIMETRE;
}

/** To 0.01 pt (3.5 µm), which halves the size of a page of traces. */
export function rounded(points: number): number {
  return Math.round(points * 100) / 100;
}

export const MARGIN_MM = 15;
export const INK = '#15191c';
export const QUIET = '#5b6670';
export const HAIRLINE = '#c4cbd0';
export const ACCENT = '#0b6e99';

const PAPER = { A4: [595.28, 841.89], Letter: [612, 792] } as const;
/** Kept free at the foot of every page for identity, notice and page number. */
const FOOT_MM = 15;

export interface TextStyle {
  face: 'regular' | 'bold' | 'mono';
  size: number;
  colour: string;
}

export const BODY: TextStyle = { face: 'regular', size: 9, colour: INK };
export const STRONG: TextStyle = { face: 'bold', size: 9, colour: INK };
export const SMALL: TextStyle = { face: 'regular', size: 7.5, colour: QUIET };
export const LABEL: TextStyle = { face: 'bold', size: 7.5, colour: QUIET };
const LINE_HEIGHT = 1.36;
/** In units of the font size; what holds more characters than fit at this width is cut without measuring. */
const NARROWEST_GLYPH = 0.1;
/** Of one cell, so that a row always fits a page; the JSON report holds longer text in full. */
const MOST_CELL_LINES = 12;

export interface Column {
  title: string;
  /** Share of the table's width; shares need not sum to 1. */
  share: number;
  align?: 'left' | 'right';
}

export interface Cell {
  text: string;
  style?: TextStyle;
  /** A mark drawn before the text, `widthMillimetres` wide, centred on the given point. */
  mark?: { widthMillimetres: number; draw: (x: number, y: number) => void };
}

type StructElement = PDFKit.PDFStructureElement;

/** The part of pdfkit's font object that its types leave out. */
interface OpenFont {
  _font: { font: { hasGlyphForCodePoint(codePoint: number): boolean } };
}

const LEFT_TO_RIGHT: PDFKit.Mixins.OpenTypeFeatures[] = ['kern', 'liga'];
const RIGHT_TO_LEFT: PDFKit.Mixins.OpenTypeFeatures[] = ['rtla', 'rlig', 'calt', 'liga', 'ccmp'];

export interface SheetOptions {
  paper: 'A4' | 'Letter';
  title: string;
  subject: string;
  /** Whatever names the content: the document's id is derived from it. */
  contentId: string;
  /** Identity of patient and record, each piece set for itself so that scripts do not mix. */
  identity: readonly string[];
  notice: string;
}

export class Sheet {
  readonly doc: PDFKit.PDFDocument;
  readonly left = mm(MARGIN_MM);
  readonly width: number;
  readonly bottom: number;
  readonly top: number;
  y: number;
  private readonly pageHeight: number;
  private pageIndex = -1;
  private readonly options: SheetOptions;
  private readonly faces: Record<TextStyle['face'], string[]>;
  private readonly coverage = new Map<string, GlyphCoverage>();
  private readonly parents: StructElement[] = [];
  private readonly pagesWithReplacements = new Set<number>();
  private readonly chunks: Uint8Array[] = [];
  private readonly ended: Promise<void>;

  constructor(fonts: ReportFonts, options: SheetOptions) {
    this.options = options;
    const [pageWidth, pageHeight] = PAPER[options.paper];
    const epoch = new Date(0);
    this.doc = new PDFDocument({
      size: [pageWidth, pageHeight],
      margin: 0,
      autoFirstPage: false,
      bufferPages: true,
      // The deflate of different runtimes may pack the same page into different bytes.
      compress: false,
      pdfVersion: '1.7',
      tagged: true,
      lang: 'en',
      displayTitle: true,
      // Otherwise pdfkit opens Helvetica, which no page uses. Its types want a file name here.
      font: null as unknown as string,
      info: {
        Title: options.title,
        Subject: options.subject,
        Keywords: options.contentId,
        Creator: 'Kirchhoff',
        Producer: 'Kirchhoff, PDFKit',
        // The same study gives the same bytes; when it was made is in its provenance and audit log.
        CreationDate: epoch,
        ModDate: epoch,
      },
    });
    this.doc.on('data', (chunk: Uint8Array) => this.chunks.push(chunk));
    this.ended = new Promise((resolve, reject) => {
      this.doc.on('end', resolve);
      this.doc.on('error', reject);
    });
    const fallbacks = (fonts.fallbacks ?? []).map((font, i) => this.openFont(`fallback-${i}`, font));
    const regular = this.openFont('regular', fonts.regular);
    const bold = this.openFont('bold', fonts.bold);
    const mono = fonts.mono === undefined ? [] : [this.openFont('mono', fonts.mono)];
    this.faces = {
      regular: [regular, ...fallbacks],
      bold: [bold, regular, ...fallbacks],
      mono: [...mono, regular, ...fallbacks],
    };
    this.pageHeight = pageHeight;
    this.width = pageWidth - 2 * this.left;
    this.top = mm(MARGIN_MM);
    this.bottom = pageHeight - mm(MARGIN_MM) - mm(FOOT_MM);
    this.y = this.top;
    const root = this.doc.struct('Document');
    this.doc.addStructure(root);
    this.parents.push(root);
    this.newPage();
  }

  private openFont(name: string, bytes: Uint8Array): string {
    // pdfkit takes any Uint8Array for a font; its types know that under `font` only.
    this.doc.registerFont(name, bytes as Buffer);
    this.doc.font(name);
    const { font } = (this.doc as unknown as OpenFont)._font;
    const known = new Map<number, boolean>();
    this.coverage.set(name, (codePoint) => {
      let covered = known.get(codePoint);
      if (covered === undefined) {
        covered = font.hasGlyphForCodePoint(codePoint);
        known.set(codePoint, covered);
      }
      return covered;
    });
    return name;
  }

  newPage(): void {
    this.doc.addPage();
    this.pageIndex++;
    this.y = this.top;
  }

  /** Begins a new page where less than `height` is left on this one. */
  ensure(height: number): void {
    if (this.y + height > this.bottom && this.y > this.top) this.newPage();
  }

  get right(): number {
    return this.left + this.width;
  }

  // --- structure ---------------------------------------------------------------------------------------

  /** Content of one page under one tag. */
  element(tag: string, draw: () => void, alternative?: string): void {
    const element = this.doc.struct(tag, alternative === undefined ? {} : { alt: alternative }, draw);
    this.parents.at(-1)!.add(element);
    element.end();
  }

  /** A tag that holds other tags; may run over pages. */
  group(tag: string, body: () => void): void {
    const element = this.doc.struct(tag);
    this.parents.at(-1)!.add(element);
    this.parents.push(element);
    body();
    this.parents.pop();
    element.end();
  }

  /** Marks that carry no content: rules, page furniture. Never inside `element`. */
  artifact(draw: () => void, type: 'Layout' | 'Pagination' = 'Layout'): void {
    this.doc.markContent('Artifact', { type });
    draw();
    this.doc.endMarkedContent();
  }

  // --- text --------------------------------------------------------------------------------------------

  private runsOf(text: string, style: TextStyle): { runs: TextRun[]; replaced: number; names: string[] } {
    const names = this.faces[style.face];
    return {
      ...layoutLine(
        text,
        names.map((name) => this.coverage.get(name)!),
      ),
      names,
    };
  }

  private runWidth(run: TextRun, names: readonly string[], size: number): number {
    this.doc.font(names[run.font]).fontSize(size);
    return this.doc.widthOfString(run.text, { features: run.rightToLeft ? RIGHT_TO_LEFT : LEFT_TO_RIGHT });
  }

  measure(text: string, style: TextStyle): number {
    const { runs, names } = this.runsOf(text, style);
    return runs.reduce((width, run) => width + this.runWidth(run, names, style.size), 0);
  }

  /** Draws one line with its baseline at y and returns its width. No structure of its own. */
  line(
    text: string,
    x: number,
    baseline: number,
    style: TextStyle,
    align: 'left' | 'right' | 'centre' = 'left',
  ): number {
    const { runs, replaced, names } = this.runsOf(text, style);
    if (replaced > 0) this.pagesWithReplacements.add(this.pageIndex);
    const widths = runs.map((run) => this.runWidth(run, names, style.size));
    const width = widths.reduce((sum, part) => sum + part, 0);
    const inked = align === 'left' ? width : this.measure(text.trimEnd(), style);
    let at = align === 'left' ? x : align === 'right' ? x - inked : x - inked / 2;
    runs.forEach((run, i) => {
      this.doc
        .font(names[run.font])
        .fontSize(style.size)
        .fillColor(style.colour)
        .text(run.text, rounded(at), rounded(baseline), {
          lineBreak: false,
          baseline: 'alphabetic',
          features: run.rightToLeft ? RIGHT_TO_LEFT : LEFT_TO_RIGHT,
        });
      at += widths[i];
    });
    return width;
  }

  /** Lines no wider than `width`; a word longer than that is cut. At most `most` lines, the last with an ellipsis. */
  wrap(text: string, style: TextStyle, width: number, most = Number.POSITIVE_INFINITY): string[] {
    const lines: string[] = [];
    let line = '';
    for (const word of text.split(/[ \t\r\n]+/)) {
      if (lines.length > most) break;
      const longer = line === '' ? word : `${line} ${word}`;
      if (this.measure(longer, style) <= width) {
        line = longer;
        continue;
      }
      // The space stays, so that extracted text does not run words together.
      if (line !== '') lines.push(`${line} `);
      line = '';
      for (const character of word) {
        if (line !== '' && this.measure(line + character, style) > width) {
          lines.push(line);
          line = '';
        }
        line += character;
      }
    }
    lines.push(line);
    if (lines.length <= most) return lines;
    const kept = lines.slice(0, most);
    kept[most - 1] = this.shortened(`${kept[most - 1].trimEnd()}…`, style, width);
    return kept;
  }

  /** One line no wider than `width`, cut with an ellipsis where it must be. */
  shortened(text: string, style: TextStyle, width: number): string {
    const most = Math.ceil(width / (style.size * NARROWEST_GLYPH));
    if (text.length <= most && this.measure(text, style) <= width) return text;
    const characters = [...text.slice(0, most).replace(/…$/, '')];
    let low = 0;
    let high = characters.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.measure(`${characters.slice(0, middle).join('')}…`, style) <= width) low = middle;
      else high = middle - 1;
    }
    return `${characters.slice(0, low).join('')}…`;
  }

  lineHeight(style: TextStyle): number {
    return style.size * LINE_HEIGHT;
  }

  // --- blocks ------------------------------------------------------------------------------------------

  rule(y: number, colour = HAIRLINE, width = 0.5): void {
    this.artifact(() => {
      this.doc
        .lineWidth(width)
        .strokeColor(colour)
        .moveTo(rounded(this.left), rounded(y))
        .lineTo(rounded(this.right), rounded(y))
        .stroke();
    });
  }

  /** A section's title; keeps `following` points of what comes after it on the same page. */
  heading(text: string, following = mm(14), level: 'H2' | 'H3' = 'H2'): void {
    const style: TextStyle = { face: 'bold', size: level === 'H2' ? 12 : 9.5, colour: INK };
    const space = level === 'H2' ? mm(6) : mm(4);
    this.ensure(space + this.lineHeight(style) + following);
    if (this.y > this.top) this.y += space;
    this.element(level, () => this.line(text, this.left, this.y + style.size, style));
    this.y += this.lineHeight(style) + mm(1);
  }

  paragraph(text: string, style: TextStyle = BODY, width = this.width): void {
    const lines = this.wrap(text, style, width);
    const height = this.lineHeight(style);
    this.ensure(Math.min(lines.length, 3) * height);
    let next = 0;
    while (next < lines.length) {
      const room = Math.max(1, Math.floor((this.bottom - this.y + 0.01) / height));
      const part = lines.slice(next, next + room);
      this.element('P', () => {
        part.forEach((line, i) => {
          this.line(line, this.left, this.y + i * height + style.size, style);
        });
      });
      this.y += part.length * height;
      next += part.length;
      if (next < lines.length) this.newPage();
    }
    this.y += mm(1.2);
  }

  /** Names and values in two or more columns of pairs. */
  pairs(
    rows: readonly (readonly [name: string, value: string])[],
    columns = 2,
    face: TextStyle = BODY,
  ): void {
    const gap = mm(6);
    const columnWidth = (this.width - gap * (columns - 1)) / columns;
    const nameWidth = Math.min(mm(34), columnWidth * 0.4);
    this.group('Table', () => {
      for (let i = 0; i < rows.length; i += columns) {
        const cells = rows.slice(i, i + columns).map(([name, value]) => ({
          name,
          lines: this.wrap(value, face, columnWidth - nameWidth, MOST_CELL_LINES),
        }));
        const lineHeight = this.lineHeight(face);
        const height = Math.max(...cells.map((cell) => cell.lines.length)) * lineHeight + mm(0.9);
        this.ensure(height);
        this.group('TR', () => {
          cells.forEach((cell, column) => {
            const x = this.left + column * (columnWidth + gap);
            this.element('TH', () => this.line(cell.name, x, this.y + face.size, { ...LABEL, size: 8 }));
            this.element('TD', () => {
              cell.lines.forEach((line, row) => {
                this.line(line, x + nameWidth, this.y + face.size + row * lineHeight, face);
              });
            });
          });
        });
        this.y += height;
      }
    });
  }

  table(
    columns: readonly Column[],
    rows: readonly (readonly Cell[])[],
    body: TextStyle = { ...BODY, size: 8.5 },
  ): void {
    const gap = mm(3);
    const shares = columns.reduce((sum, column) => sum + column.share, 0);
    const room = this.width - gap * (columns.length - 1);
    const widths = columns.map((column) => (column.share / shares) * room);
    const lefts = widths.map((_, i) => this.left + widths.slice(0, i).reduce((sum, w) => sum + w + gap, 0));
    const head = () => {
      const titles = columns.map((column, i) => this.wrap(column.title, LABEL, widths[i]));
      const height = this.lineHeight(LABEL);
      const lines = Math.max(...titles.map((title) => title.length));
      this.group('TR', () => {
        titles.forEach((title, i) => {
          const right = columns[i].align === 'right';
          this.element('TH', () => {
            title.forEach((line, row) => {
              const baseline = this.y + LABEL.size + (lines - title.length + row) * height;
              this.line(line, lefts[i] + (right ? widths[i] : 0), baseline, LABEL, right ? 'right' : 'left');
            });
          });
        });
      });
      this.y += lines * height + mm(0.6);
      this.rule(this.y, QUIET, 0.6);
      this.y += mm(0.8);
    };
    this.group('Table', () => {
      this.ensure(mm(14));
      head();
      for (const row of rows) {
        const cells = row.map((cell, i) => {
          const style = cell.style ?? body;
          const indent = cell.mark === undefined ? 0 : mm(cell.mark.widthMillimetres);
          return {
            cell,
            style,
            indent,
            lines: this.wrap(cell.text, style, widths[i] - indent, MOST_CELL_LINES),
          };
        });
        const height = Math.max(...cells.map((cell) => cell.lines.length * this.lineHeight(cell.style)));
        if (this.y + height + mm(1) > this.bottom) {
          this.newPage();
          head();
        }
        this.group('TR', () => {
          cells.forEach(({ cell, style, indent, lines }, i) => {
            const right = columns[i].align === 'right';
            this.element('TD', () => {
              cell.mark?.draw(lefts[i] + indent * 0.38, this.y + style.size * 0.66);
              lines.forEach((line, k) => {
                const baseline = this.y + style.size + k * this.lineHeight(style);
                const x = right ? lefts[i] + widths[i] : lefts[i] + indent;
                this.line(line, x, baseline, style, right ? 'right' : 'left');
              });
            });
          });
        });
        this.y += height + mm(0.7);
        this.rule(this.y, HAIRLINE, 0.35);
        this.y += mm(0.7);
      }
    });
    this.y += mm(1);
  }

  // --- end ---------------------------------------------------------------------------------------------

  /** Draws what is on every page and gives the finished document. */
  async finish(): Promise<Uint8Array> {
    const pages = this.doc.bufferedPageRange().count;
    for (let page = 0; page < pages; page++) {
      this.doc.switchToPage(page);
      this.pageIndex = page;
      this.artifact(() => this.foot(page, pages), 'Pagination');
    }
    this.parents[0].end();
    this.doc.end();
    await this.ended;
    const bytes = new Uint8Array(this.chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of this.chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }

  private foot(page: number, pages: number): void {
    const style: TextStyle = { ...SMALL, colour: INK };
    const y = this.pageHeight - mm(MARGIN_MM) - mm(9);
    this.doc
      .lineWidth(0.5)
      .strokeColor(HAIRLINE)
      .moveTo(rounded(this.left), rounded(y))
      .lineTo(rounded(this.right), rounded(y))
      .stroke();
    const number = `Page ${page + 1} of ${pages}`;
    const numberWidth = this.line(number, this.right, y + mm(3.8), style, 'right');
    const pieceWidth = (this.width - numberWidth - mm(6)) / this.options.identity.length - mm(4);
    let x = this.left;
    for (const piece of this.options.identity) {
      x += this.line(this.shortened(piece, style, pieceWidth), x, y + mm(3.8), style) + mm(4);
    }
    this.line(this.options.notice, this.left, y + mm(7.4), SMALL);
    if (this.pagesWithReplacements.has(page)) {
      this.line(REPLACEMENT_NOTE, this.left, y - mm(1.4), SMALL);
    }
  }
}

const REPLACEMENT_NOTE =
  '\ufffd stands for a character that the fonts of this report do not have; the JSON report holds the text in full.';
