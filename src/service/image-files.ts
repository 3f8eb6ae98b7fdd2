/** Finds the images in files and folders that a user named, by their content. */
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { looksLikeDicom } from '../imaging/dicom/parse.ts';

export interface ImageSource {
  path: string;
  /** Path relative to the argument it was found under; names the results. */
  relativeName: string;
}

const PEEK_BYTES = 512;

/** Every image file under the given paths, each once, in order of name within a folder. */
export async function findImages(paths: readonly string[]): Promise<ImageSource[]> {
  const found = new Map<string, ImageSource>();
  for (const given of paths) {
    const path = resolve(given);
    const status = await stat(path).catch(() => null);
    if (status === null) continue;
    const files = status.isDirectory()
      ? (await readdir(path, { withFileTypes: true, recursive: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort((a, b) => (a < b ? -1 : 1))
      : [path];
    for (const file of files) {
      if (found.has(file) || !(await isImage(file))) continue;
      const relativeName = status.isDirectory() ? relative(path, file) : basename(file);
      found.set(file, { path: file, relativeName });
    }
  }
  return [...found.values()];
}

async function isImage(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(PEEK_BYTES), 0, PEEK_BYTES, 0);
    return looksLikeDicom(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}
