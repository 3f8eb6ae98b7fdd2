/** Finds the recordings in files and folders that a user named. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';

/** One recording on disk, not yet read. */
export interface RecordSource {
  /** Absolute path of the WFDB header. */
  headerPath: string;
  /** Path relative to the argument it was found under, without extension; names the results. */
  relativeName: string;
}

/** Something named by the user that is no recording. */
export interface NotARecord {
  path: string;
  error: KirchhoffError;
}

/** Files that accompany a WFDB header; naming one of them names its record. */
const RECORD_EXTENSIONS = new Set(['.hea', '.dat', '.atr']);
const HEADER_PEEK_BYTES = 4096;

/**
 * Every recording under the given paths, each once, in order of name within a folder. A file given directly
 * that is no recording is an error; other files inside a folder are passed over.
 */
export async function findRecords(
  paths: readonly string[],
): Promise<{ records: RecordSource[]; rejected: NotARecord[] }> {
  const records = new Map<string, RecordSource>();
  const rejected: NotARecord[] = [];
  const add = (headerPath: string, relativeName: string) => {
    if (!records.has(headerPath)) records.set(headerPath, { headerPath, relativeName });
  };
  for (const given of paths) {
    const path = resolve(given);
    try {
      const status = await stat(path);
      if (status.isDirectory()) {
        const headers = await headersUnder(path);
        if (headers.length === 0) {
          throw new KirchhoffError(
            'format-unknown',
            'No ECG recording found in this folder (looked for WFDB headers, .hea).',
            basename(path),
          );
        }
        for (const header of headers) add(header, withoutExtension(relative(path, header)));
      } else {
        const header = await headerOf(path);
        add(header, withoutExtension(basename(header)));
      }
    } catch (thrown) {
      rejected.push({ path: given, error: asKirchhoffError(thrown, path) });
    }
  }
  return { records: [...records.values()], rejected };
}

async function headersUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const headers: string[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    // A header that cannot be understood is still one by its name: it fails later with its own error.
    if (entry.isFile() && extname(entry.name) === '.hea') headers.push(path);
  }
  return headers.sort((a, b) => (a < b ? -1 : 1));
}

/** The header that a directly named file belongs to. */
async function headerOf(path: string): Promise<string> {
  if (!RECORD_EXTENSIONS.has(extname(path))) {
    if (await looksLikeHeader(path)) return path;
    throw new KirchhoffError(
      'format-unknown',
      'This is not a recording that can be read. Open a WFDB record (.hea with its .dat).',
      basename(path),
    );
  }
  const header = `${withoutExtension(path)}.hea`;
  if (extname(path) === '.hea') return path;
  try {
    await stat(header);
  } catch {
    throw new KirchhoffError(
      'file-missing',
      `The header ${basename(header)} is needed beside this file.`,
      basename(path),
    );
  }
  return header;
}

/** A WFDB header's first line that is not a comment: record name, number of signals, then numbers (header(5)). */
async function looksLikeHeader(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_PEEK_BYTES), 0, HEADER_PEEK_BYTES, 0);
    const text = buffer.toString('latin1', 0, bytesRead);
    // A header that cannot be understood is still one by its name: it fails with its own error later.
    if (extname(path) === '.hea') return true;
    const line = text.split(/\r?\n/).find((l) => l.trim() !== '' && !l.startsWith('#'));
    return (
      line !== undefined && /^[\w-]+(\/\d+)?\s+\d+(\s+[\d.]+(\/[\d.]+(\([-\d.]+\))?)?(\s+\d+)?)?/.test(line)
    );
  } finally {
    await file.close();
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
