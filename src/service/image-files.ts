/** Finds the images in files, folders and zip archives that a user named, by their content. */
import { readFileSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { looksLikeZip } from '../imaging/archive/zip.ts';
import { looksLikeDicom } from '../imaging/dicom/parse.ts';
import { rasterKindOf } from '../imaging/raster/decode-raster.ts';
import { imagesInArchive, isTooSmallForFilm } from './image-reading.ts';

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

export interface FoundImages {
  images: ImageSource[];
  /** Pictures in folders and archives that are too small to be films: previews and icons. */
  tooSmall: number;
}

/**
 * Every image file under the given paths, each once, in order of name within a folder. A DICOMDIR stands for the
 * folder it lies in. A small picture is taken only where it was itself named.
 */
export async function findImages(paths: readonly string[]): Promise<FoundImages> {
  const found = new Map<string, ImageSource>();
  let tooSmall = 0;
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
      const within = await imagesIn(file, relativeName, !status.isDirectory());
      tooSmall += within.tooSmall;
      for (const source of within.images) {
        const key = `${source.path}\0${source.entry ?? ''}`;
        if (!found.has(key)) found.set(key, source);
      }
    }
  }
  return { images: [...found.values()], tooSmall };
}

const NONE: FoundImages = { images: [], tooSmall: 0 };

async function imagesIn(path: string, relativeName: string, named: boolean): Promise<FoundImages> {
  if (basename(path).toUpperCase() === DIRECTORY_NAME) return NONE;
  const head = await headOf(path);
  if (head === null) return NONE;
  const itself: FoundImages = { images: [{ path, entry: null, relativeName }], tooSmall: 0 };
  if (looksLikeDicom(head)) return itself;
  if (rasterKindOf(head) !== null) {
    const small = !named && isTooSmallForFilm((await stat(path)).size, () => readFileSync(path));
    return small ? { images: [], tooSmall: 1 } : itself;
  }
  // Many files of other programs are zip archives by their bytes.
  if (!looksLikeZip(head) || !(named || /\.zip$/i.test(path))) return NONE;
  // What cannot be opened is told when it is read: as one source that fails with its reason.
  try {
    const { names, tooSmall } = imagesInArchive(path);
    const images = names.map((entry) => ({ path, entry, relativeName: join(relativeName, entry) }));
    return { images, tooSmall };
  } catch {
    return { images: [{ path, entry: '', relativeName }], tooSmall: 0 };
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
