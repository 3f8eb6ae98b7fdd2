/** Finds the recordings in files and folders that a user named. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import type { DelimitedTextMapping, DelimitedTextProposal } from '../contract/delimited-text.ts';
import { KirchhoffError } from '../contract/errors.ts';
import { proposeMapping } from '../ecg/formats/delimited/propose.ts';
import { type EcgFormat, RECOGNISED_BY_BYTES, recogniseEcgFormat } from '../ecg/formats/recognise.ts';
import { segmentNames } from '../ecg/formats/wfdb/header.ts';

/** One recording on disk, not yet read. */
export interface RecordSource {
  /** Absolute path of the file; of a WFDB record, of its header. */
  path: string;
  format: EcgFormat;
  /** Path relative to the argument it was found under, without extension; names the results. */
  relativeName: string;
  /** Of delimited text: how its columns are proposed to be read. */
  proposal?: DelimitedTextProposal;
  /** Of delimited text: how its columns are read. */
  delimited?: DelimitedTextMapping;
}

/** Something named by the user that is no recording. */
export interface NotARecord {
  path: string;
  error: KirchhoffError;
}

/** Files that accompany a WFDB header; naming one of them names its record. */
const WFDB_EXTENSIONS = new Set(['.hea', '.dat', '.atr']);
/** Headers that are read through to find the segments of a record. */
const LARGEST_HEADER_BYTES = 1 << 20;

/**
 * Every recording under the given paths, each once, in order of name within a folder. A file given directly
 * that is no recording is an error; other files inside a folder are passed over. Delimited text there that does not
 * tell by itself what its columns are may be anything: it is in `unclear`, unless `everyText`.
 */
export async function findRecords(
  paths: readonly string[],
  { everyText = false }: { everyText?: boolean } = {},
): Promise<{ records: RecordSource[]; unclear: RecordSource[]; rejected: NotARecord[] }> {
  const records = new Map<string, RecordSource>();
  const unclear = new Map<string, RecordSource>();
  const rejected: NotARecord[] = [];
  const add = (found: FoundFile, relativePath: string, to = records) => {
    if (to.has(found.path)) return;
    to.set(found.path, { ...found, relativeName: withoutExtension(relativePath) });
  };
  for (const given of paths) {
    const path = resolve(given);
    try {
      const status = await stat(path);
      if (status.isDirectory()) {
        const under = await recordsUnder(path);
        const isUnclear = ({ proposal }: FoundFile) => proposal?.certain === false && !everyText;
        const found = under.filter((each) => !isUnclear(each));
        const rest = under.filter(isUnclear);
        for (const each of rest) add(each, relative(path, each.path), unclear);
        if (found.length === 0) {
          const why =
            rest.length === 0
              ? 'No ECG recording found in this folder.'
              : 'No ECG recording found in this folder but text that does not tell what its columns are.';
          throw new KirchhoffError('format-unknown', why, basename(path));
        }
        for (const each of found) add(each, relative(path, each.path));
      } else if (!status.isFile()) {
        throw new KirchhoffError('format-unknown', 'This is no file.', basename(path));
      } else {
        const found = await recordOf(path);
        add(found, basename(found.path));
      }
    } catch (thrown) {
      rejected.push({ path: given, error: asKirchhoffError(thrown, path) });
    }
  }
  return {
    records: withOwnNames([...records.values()]),
    unclear: withOwnNames([...unclear.values()].filter(({ path }) => !records.has(path))),
    rejected,
  };
}

type FoundFile = Pick<RecordSource, 'path' | 'format' | 'proposal'>;

/** Recordings that differ in extension only keep it in their names, so that results do not overwrite each other. */
function withOwnNames(records: RecordSource[]): RecordSource[] {
  const count = new Map<string, number>();
  for (const { relativeName } of records) count.set(relativeName, (count.get(relativeName) ?? 0) + 1);
  const taken = new Set<string>();
  return records.map((record) => {
    const shared = count.get(record.relativeName)! > 1;
    const name = shared ? record.relativeName + extname(record.path) : record.relativeName;
    let own = name;
    for (let repetition = 2; taken.has(own); repetition++) own = `${name}-${repetition}`;
    taken.add(own);
    return { ...record, relativeName: own };
  });
}

async function recordsUnder(folder: string): Promise<FoundFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const found: FoundFile[] = [];
  const segments = new Set<string>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const format = await formatOf(path);
    if (format === null) continue;
    found.push(await foundFile(path, format));
    if (format !== 'wfdb') continue;
    for (const name of segmentNames(await start(path, LARGEST_HEADER_BYTES), entry.name)) {
      segments.add(join(entry.parentPath, `${name}.hea`));
    }
  }
  // A segment is part of its record, not a record of its own.
  return found.filter(({ path }) => !segments.has(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The recording that a directly named file is, or belongs to. */
async function recordOf(path: string): Promise<FoundFile> {
  const format = await formatOf(path);
  if (format !== null) return foundFile(path, format);
  const header = `${withoutExtension(path)}.hea`;
  if (await isFile(header)) return { path: header, format: 'wfdb' };
  if (WFDB_EXTENSIONS.has(extname(path))) {
    throw new KirchhoffError(
      'file-missing',
      `The header ${basename(header)} is needed beside this file.`,
      basename(path),
    );
  }
  throw new KirchhoffError(
    'format-unknown',
    'This is not an ECG recording that can be read.',
    basename(path),
  );
}

async function foundFile(path: string, format: EcgFormat): Promise<FoundFile> {
  if (format !== 'delimited') return { path, format };
  return { path, format, proposal: proposeMapping(basename(path), await start(path, RECOGNISED_BY_BYTES)) };
}

async function formatOf(path: string): Promise<EcgFormat | null> {
  // A header that cannot be understood is still one by its name: it fails later with its own error.
  if (extname(path) === '.hea') return 'wfdb';
  const { size } = await stat(path);
  // Signal files beside their header are not looked into.
  if (WFDB_EXTENSIONS.has(extname(path)) && (await isFile(`${withoutExtension(path)}.hea`))) return null;
  return recogniseEcgFormat(await start(path, RECOGNISED_BY_BYTES), size);
}

async function start(path: string, bytes: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const length = Math.min(bytes, size);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead);
  } finally {
    await file.close();
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

function withoutExtension(path: string): string {
  return join(dirname(path), basename(path, extname(path)));
}

function asKirchhoffError(thrown: unknown, path: string): KirchhoffError {
  if (thrown instanceof KirchhoffError) return thrown;
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === 'ENOENT')
    return new KirchhoffError('file-missing', 'There is no such file or folder.', basename(path));
  return new KirchhoffError('internal', `It cannot be opened (${code ?? String(thrown)}).`, basename(path));
}
