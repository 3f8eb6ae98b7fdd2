/** Reads back what the reports' own PDFs (uncompressed, Identity-H fonts) draw; for tests only. */

interface DrawnPath {
  /** As in the file, for instance `0.97 0.84 0.85`. */
  colour: string;
  /** Sub-paths of points in PDF points, y downwards from the top edge. */
  subpaths: { x: number; y: number }[][];
}

export interface DrawnPage {
  /** Text pieces in the order in which they were drawn, one a run. */
  texts: string[];
  strokes: DrawnPath[];
}

export function readPdf(bytes: Uint8Array): DrawnPage[] {
  const file = Buffer.from(bytes).toString('latin1');
  const objects = new Map<number, string>();
  for (const match of file.matchAll(/(?:^|\n)(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    objects.set(Number(match[1]), match[2]);
  }
  const object = (reference: string | undefined) => objects.get(Number(reference)) ?? '';
  const kids = [...objects.values()].find((body) => /\/Type \/Pages\b/.test(body)) ?? '';
  const pages = [...(/\/Kids \[([^\]]*)\]/.exec(kids)?.[1] ?? '').matchAll(/(\d+) 0 R/g)];
  return pages.map(([, reference]) => {
    const page = object(reference);
    const resources = object(/\/Resources (\d+) 0 R/.exec(page)?.[1]);
    const fonts = new Map(
      [...resources.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name, font]) => [
        name,
        charactersOf(object(/\/ToUnicode (\d+) 0 R/.exec(object(font))?.[1])),
      ]),
    );
    return readContent(object(/\/Contents (\d+) 0 R/.exec(page)?.[1]), fonts);
  });
}

/** Glyph number to text, from a ToUnicode map. */
function charactersOf(cmap: string): string[] {
  const characters: string[] = [];
  for (const range of cmap.matchAll(/<([0-9a-f]+)> <[0-9a-f]+> \[([^\]]*)\]/g)) {
    [...range[2].matchAll(/<([0-9a-f ]*)>/g)].forEach((entry, i) => {
      const units = entry[1].split(' ').filter((unit) => unit !== '');
      characters[Number.parseInt(range[1], 16) + i] = String.fromCharCode(
        ...units.map((unit) => Number.parseInt(unit, 16)),
      );
    });
  }
  return characters;
}

function readContent(content: string, fonts: ReadonlyMap<string, string[]>): DrawnPage {
  const page: DrawnPage = { texts: [], strokes: [] };
  const body = content.slice(content.indexOf('stream\n') + 7, content.lastIndexOf('\nendstream'));
  let characters: string[] = [];
  let text = '';
  let colour = '';
  let subpaths: DrawnPath['subpaths'] = [];
  for (const line of body.split('\n')) {
    const parts = line.trim().split(' ');
    const operator = parts.at(-1);
    if (operator === 'Tf') characters = fonts.get(parts[0].slice(1)) ?? [];
    else if (operator === 'BT') text = '';
    else if (operator === 'TJ') {
      for (const [, hex] of line.matchAll(/<([0-9a-f]*)>/g)) {
        for (let i = 0; i < hex.length; i += 4) {
          text += characters[Number.parseInt(hex.slice(i, i + 4), 16)] ?? '';
        }
      }
    } else if (operator === 'ET') page.texts.push(text);
    else if (operator === 'SCN') colour = parts.slice(0, -1).join(' ');
    else if (operator === 'm') subpaths.push([{ x: Number(parts[0]), y: Number(parts[1]) }]);
    else if (operator === 'l') subpaths.at(-1)?.push({ x: Number(parts[0]), y: Number(parts[1]) });
    else if (operator === 'S') {
      page.strokes.push({ colour, subpaths });
      subpaths = [];
    } else if (operator === 'f' || operator === 'B' || operator === 'n') subpaths = [];
  }
  return page;
}
