/** Finds the images in files, folders and zip archives that a user named, by their content. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { looksLikeZip } from '../imaging/archive/zip.ts';
import { looksLikeDicom } from '../imaging/dicom/parse.ts';
import { rasterKindOf } from '../imaging/raster/decode-raster.ts';
import { dicomFilesInArchive } from './image-reading.ts';

export interface ImageSource {
  path: string;
  /** The file within the zip archive at `path`; null where `path` is the file. */
  entry: string | null;
  /** Path relative to the argument it was found under; names the results. */
  relativeName: string;
}

const PEEK_BYTES = 512;
/** A directory lists files that are found by themselves; opening it as an image would say nothing. */
const DIRECTORY_NAME = 'DICOMDIR';

/**
 * Every image file under the given paths, each once, in order of name within a folder. A DICOMDIR stands for the
 * folder it lies in. Pictures (PNG, JPEG) are taken where they were named, not where they lie in a folder with
 * other things.
 */
export async function findImages(paths: readonly string[]): Promise<ImageSource[]> {
  const found = new Map<string, ImageSource>();
  for (const given of paths) {
    const named = resolve(given);
    const path = basename(named).toUpperCase() === DIRECTORY_NAME ? resolve(named, '..') : named;
    const status = await stat(path).catch(() => null);
    if (status === null) continue;
    const files = status.isDirectory()
      ? (await readdir(path, { withFileTypes: true, recursive: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort((a, b) => (a < b ? -1 : 1))
      : [path];
    for (const file of files) {
      const relativeName = status.isDirectory() ? relative(path, file) : basename(file);
      for (const source of await sourcesIn(file, relativeName, !status.isDirectory())) {
        const key = `${source.path}\0${source.entry ?? ''}`;
        if (!found.has(key)) found.set(key, source);
      }
    }
  }
  return [...found.values()];
}

async function sourcesIn(path: string, relativeName: string, named: boolean): Promise<ImageSource[]> {
  if (basename(path).toUpperCase() === DIRECTORY_NAME) return [];
  const head = await headOf(path);
  if (head === null) return [];
  if (looksLikeDicom(head) || (named && rasterKindOf(head) !== null)) {
    return [{ path, entry: null, relativeName }];
  }
  // Many files of other programs are zip archives by their bytes.
  if (!looksLikeZip(head) || !(named || /\.zip$/i.test(path))) return [];
  // What cannot be opened is told when it is read: as one source that fails with its reason.
  try {
    return dicomFilesInArchive(path).map((entry) => ({
      path,
      entry,
      relativeName: join(relativeName, entry),
    }));
  } catch {
    return [{ path, entry: '', relativeName }];
  }
}

async function headOf(path: string): Promise<Uint8Array | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PEEK_BYTES), 0, PEEK_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
