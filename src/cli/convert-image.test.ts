import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decode } from 'fast-png';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { decodeDicom } from '../imaging/decode-dicom.ts';
import { asksForImages, convertImages } from './convert-image.ts';
import { EXIT } from './exit.ts';

const FILM = resolve(import.meta.dirname, '../../test/fixtures/dicom/MR_small_jp2klossless.dcm');
const factsSchema = z.object({
  instance: z.object({ technique: z.object({ modality: z.string() }) }),
  frames: z.array(
    z.object({
      file: z.string(),
      pixels: z.object({ type: z.string(), offset: z.number() }),
      width: z.number(),
    }),
  ),
});
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-convert-'));
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

test('PNG and raw files give the stored values back', async () => {
  const film = await decodeDicom(new Uint8Array(readFileSync(FILM)), 'film.dcm').frame(0);
  const facts = () =>
    factsSchema.parse(JSON.parse(readFileSync(join(folder, 'MR_small_jp2klossless.json'), 'utf8')));
  expect(await convertImages([FILM, '--to', 'png', '--out', folder])).toBe(EXIT.done);
  const png = decode(readFileSync(join(folder, 'MR_small_jp2klossless.png')));
  const { offset } = facts().frames[0]!.pixels;
  expect(Array.from(png.data, (value) => value + offset)).toEqual([...film.pixels]);
  expect(facts().instance.technique.modality).toBe('MR');
  expect(await convertImages([FILM, '--to', 'raw', '--out', folder])).toBe(EXIT.done);
  expect(facts().frames[0]).toMatchObject({ pixels: { type: 'int16', offset: 0 }, width: 64 });
  const raw = readFileSync(join(folder, 'MR_small_jp2klossless.raw'));
  const values = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  expect(Array.from(film.pixels, (_, i) => values.getInt16(2 * i, true))).toEqual([...film.pixels]);
});

test('what holds no image is an error; the target tells images from recordings', async () => {
  expect(await convertImages([join(FILM, '../rtplan.dcm'), '--to', 'png', '--out', folder])).toBe(
    EXIT.someFailed,
  );
  expect(asksForImages(['a', '--to', 'png'])).toBe(true);
  expect(asksForImages(['a', '--to=raw'])).toBe(true);
  expect(asksForImages(['a', '--to', 'edf'])).toBe(false);
});
