/**
 * Zip archives (PKWARE APPNOTE 6.3), as patient discs and downloads come: entries one by one, inflated in steps,
 * bounded. What grows beyond its limits, an archive made to burst, is refused before its memory is used.
 */
import { Inflate } from 'fflate';
import { KirchhoffError } from '../../contract/errors.ts';
import { checkTime, LARGEST_FILE_BYTES, neverStop, type ShouldStop } from '../dicom/limits.ts';

export interface ZipEntry {
  /** Path within the archive, `/` between folders; never absolute, never `..`. */
  name: string;
  packedBytes: number;
  /** As the directory says; what comes out is held to it. */
  bytes: number;
}

export interface ZipArchive {
  entries: ZipEntry[];
  /**
   * Content of an entry.
   * @throws KirchhoffError `value-out-of-range` where it is broken or not what the directory says, `file-too-large`
   */
  read(entry: ZipEntry, shouldStop?: ShouldStop): Uint8Array;
  /** The first bytes of an entry, `PEEK_BYTES` at most, by which its kind is known; fewer or none where it is broken. */
  peek(entry: ZipEntry): Uint8Array;
}

export const PEEK_BYTES = 512;

const MOST_ENTRIES = 100_000;
/** Deflate cannot pack more than 1032 to 1; an archive of DICOM files stays below 30. */
const MOST_EXPANSION = 200;
/** Below this an entry may be as dense as it likes: an empty image packs well. */
const FREE_BYTES = 64 * 2 ** 20;
/** What all entries together may hold, by their directory. */
const MOST_TOTAL_BYTES = 64 * 2 ** 30;

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const INFLATE_STEP_BYTES = 1 << 16;

export function looksLikeZip(bytes: Uint8Array): boolean {
  if (bytes.length < 22 || bytes[0] !== 0x50 || bytes[1] !== 0x4b) return false;
  return (bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6);
}

/**
 * Reads the directory of an archive.
 * @throws KirchhoffError `format-unknown` without a directory, `format-unsupported` for encrypted, split or 64-bit
 *   archives, `file-too-large` for archives made to burst, `file-outside-folder` for names that lead out
 */
export function openZip(bytes: Uint8Array, fileName: string): ZipArchive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = endOfDirectory(view);
  if (end < 0) {
    throw new KirchhoffError(
      'format-unknown',
      'The archive has no directory; it is cut off or no zip.',
      fileName,
    );
  }
  const count = view.getUint16(end + 10, true);
  const directory = view.getUint32(end + 16, true);
  if (count === 0xffff || directory === 0xffffffff || view.getUint16(end + 4, true) !== 0) {
    throw new KirchhoffError('format-unsupported', 'Split and 64-bit archives are not read.', fileName);
  }
  const entries: (ZipEntry & { at: number; method: number; crc: number })[] = [];
  const taken: { from: number; to: number }[] = [];
  let total = 0;
  let position = directory;
  for (let i = 0; i < count; i++) {
    if (position + 46 > bytes.length || view.getUint32(position, true) !== DIRECTORY_ENTRY) {
      throw new KirchhoffError(
        'value-out-of-range',
        `The archive's directory breaks off at entry ${i + 1} of ${count}.`,
        `${fileName} byte ${position}`,
      );
    }
    const nameLength = view.getUint16(position + 28, true);
    const skip = nameLength + view.getUint16(position + 30, true) + view.getUint16(position + 32, true);
    const flags = view.getUint16(position + 8, true);
    const entry = {
      name: nameOf(bytes.subarray(position + 46, position + 46 + nameLength), (flags & 0x800) !== 0),
      method: view.getUint16(position + 10, true),
      crc: view.getUint32(position + 16, true),
      packedBytes: view.getUint32(position + 20, true),
      bytes: view.getUint32(position + 24, true),
      at: view.getUint32(position + 42, true),
    };
    position += 46 + skip;
    if (entry.name.endsWith('/')) continue;
    if ((flags & 1) !== 0) {
      throw new KirchhoffError(
        'format-unsupported',
        'The archive is encrypted.',
        `${fileName} ${entry.name}`,
      );
    }
    if (entry.name.split('/').some((part) => part === '..') || /^([A-Za-z]:|\/)/.test(entry.name)) {
      throw new KirchhoffError(
        'file-outside-folder',
        'The archive names a file outside itself; it is refused.',
        fileName,
      );
    }
    total += entry.bytes;
    const dense = entry.bytes > FREE_BYTES && entry.bytes > MOST_EXPANSION * entry.packedBytes;
    if (entry.bytes > LARGEST_FILE_BYTES || dense || total > MOST_TOTAL_BYTES) {
      throw new KirchhoffError(
        'file-too-large',
        'The archive would grow beyond every bound when unpacked; it is refused.',
        `${fileName} ${entry.name}`,
      );
    }
    entries.push(entry);
    taken.push({ from: entry.at, to: entry.at + 30 + entry.packedBytes });
    if (entries.length > MOST_ENTRIES) {
      throw new KirchhoffError(
        'file-too-large',
        `The archive has more than ${MOST_ENTRIES} files.`,
        fileName,
      );
    }
  }
  // Entries that share their bytes are the other way to make an archive burst.
  taken.sort((a, b) => a.from - b.from);
  if (taken.some((range, i) => i > 0 && range.from < (taken[i - 1]?.to ?? 0))) {
    throw new KirchhoffError('file-too-large', 'Entries of the archive overlap; it is refused.', fileName);
  }
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    peek: (asked) => {
      const entry = byName.get(asked.name);
      if (entry === undefined) return new Uint8Array(0);
      try {
        const data = packedData(view, bytes, entry, fileName);
        return entry.method === 0 ? data.subarray(0, PEEK_BYTES) : firstInflated(data);
      } catch (thrown) {
        if (thrown instanceof KirchhoffError) return new Uint8Array(0);
        throw thrown;
      }
    },
    entries: entries.map(({ name, packedBytes, bytes: length }) => ({ name, packedBytes, bytes: length })),
    read: (asked, shouldStop = neverStop) => {
      const entry = byName.get(asked.name);
      const at = `${fileName} ${asked.name}`;
      if (entry === undefined) throw new KirchhoffError('not-found', 'The archive has no such file.', at);
      const data = packedData(view, bytes, entry, at);
      const content = entry.method === 0 ? data : inflate(data, entry, shouldStop, at);
      if (content.length !== entry.bytes || crc32(content) !== entry.crc) {
        throw new KirchhoffError('value-out-of-range', 'The file does not come out as it was packed.', at);
      }
      return content;
    },
  };
}

/** The record at the end, before a comment of up to 65,535 bytes; -1 where there is none. */
function endOfDirectory(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - 22 - 65535);
  for (let at = view.byteLength - 22; at >= lowest; at--) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  return -1;
}

function nameOf(bytes: Uint8Array, utf8: boolean): string {
  const text = utf8 ? new TextDecoder().decode(bytes) : String.fromCharCode(...bytes);
  return text.replaceAll('\\', '/');
}

function packedData(
  view: DataView,
  bytes: Uint8Array,
  entry: { at: number; packedBytes: number; method: number },
  at: string,
): Uint8Array {
  if (entry.method !== 0 && entry.method !== 8) {
    throw new KirchhoffError('format-unsupported', `Packing method ${entry.method} is not read.`, at);
  }
  const local = entry.at;
  if (local + 30 > bytes.length || view.getUint32(local, true) !== LOCAL_ENTRY) {
    throw new KirchhoffError('value-out-of-range', 'The file is not where the directory says.', at);
  }
  const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
  if (from + entry.packedBytes > bytes.length) {
    throw new KirchhoffError('file-truncated', 'The archive ends before the file does.', at);
  }
  return bytes.subarray(from, from + entry.packedBytes);
}

function inflate(packed: Uint8Array, entry: ZipEntry, shouldStop: ShouldStop, at: string): Uint8Array {
  const out = new Uint8Array(entry.bytes);
  let filled = 0;
  const inflater = new Inflate((chunk) => {
    if (filled + chunk.length > out.length) {
      throw new KirchhoffError(
        'file-too-large',
        'The file grows beyond what its archive says; it is refused.',
        at,
      );
    }
    out.set(chunk, filled);
    filled += chunk.length;
  });
  try {
    for (let from = 0; from < packed.length; from += INFLATE_STEP_BYTES) {
      checkTime(shouldStop, at);
      const to = from + INFLATE_STEP_BYTES;
      inflater.push(packed.subarray(from, to), to >= packed.length);
    }
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) throw thrown;
    throw new KirchhoffError('value-out-of-range', 'The packed data are broken.', at);
  }
  return out.subarray(0, filled);
}

/** What little of packed data gives `PEEK_BYTES`, or all that it gives. */
function firstInflated(packed: Uint8Array): Uint8Array {
  const head = new Uint8Array(PEEK_BYTES);
  let filled = 0;
  const inflater = new Inflate((chunk) => {
    const taken = chunk.subarray(0, PEEK_BYTES - filled);
    head.set(taken, filled);
    filled += taken.length;
  });
  try {
    for (let from = 0; from < packed.length && filled < PEEK_BYTES; from += PEEK_BYTES) {
      inflater.push(packed.subarray(from, from + PEEK_BYTES), from + PEEK_BYTES >= packed.length);
    }
  } catch {
    // Broken data are told when the entry is read.
  }
  return head.subarray(0, filled);
}

let crcTable: Int32Array | null = null;

/** CRC-32 of ISO 3309, as zip and PNG use it. */
function crc32(bytes: Uint8Array): number {
  crcTable ??= Int32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = (c & 1) === 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    return c;
  });
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 255] ?? 0);
  return ~crc >>> 0;
}
