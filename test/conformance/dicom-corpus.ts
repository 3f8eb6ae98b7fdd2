/** The public DICOM files that lie beside the project, with what their inventory says of each. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CorpusFile {
  /** Below the corpus folder. */
  path: string;
  /** Whether the stack that made the inventory decoded its pixels. */
  marked: boolean;
  transferSyntax: string;
  /** Coding and kind of pixels, for tables. */
  group: string;
}

/** @param dataFolder the folder that holds `dicom/` */
export function readInventory(dataFolder: string): CorpusFile[] {
  const [head, ...rows] = csvRows(readFileSync(join(dataFolder, 'dicom', 'INVENTORY.csv'), 'utf8'));
  if (head === undefined) throw new Error('The inventory is empty.');
  return rows.map((row) => {
    const value = (name: string): string => row[head.indexOf(name)] ?? '';
    return {
      path: value('path'),
      marked: value('decoded').startsWith('auto|'),
      transferSyntax: value('transfer_syntax'),
      group: groupOf(value('ts_name'), value('pixel_keyword')),
    };
  });
}

function groupOf(syntax: string, pixels: string): string {
  if (pixels !== 'PixelData') return 'no pixel data';
  if (/Implicit/.test(syntax)) return 'implicit little endian';
  if (/Big/.test(syntax)) return 'explicit big endian';
  if (/Deflated/.test(syntax)) return 'deflated';
  if (/Explicit/.test(syntax)) return 'explicit little endian';
  if (syntax === '') return 'transfer syntax not named';
  return syntax.replace(/ ?\(.*\)| Image Compression|, Non-Hierarchical.*/g, '').trim();
}

/** Rows of quoted or plain fields (RFC 4180), quotes doubled within quotes. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const fields = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
    rows.push(fields.map(([, quoted, plain]) => (quoted?.replaceAll('""', '"') ?? plain ?? '').trim()));
  }
  return rows;
}
