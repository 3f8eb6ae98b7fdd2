/**
 * The DICOM corpus against dcmtk and gdcm: every frame that they decode, bit by bit where the coding is lossless and
 * within one grey level where it is not. scripts/dicom-reference.mjs makes the references.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { errorBodyOf } from '../../src/contract/errors.ts';
import { decodedImageSchema, imageInstanceSchema, type PixelArray } from '../../src/contract/imaging.ts';
import { type DecodedDicom, decodeDicom } from '../../src/imaging/decode-dicom.ts';
import { prepareForDisplay } from '../../src/imaging/display.ts';
import { sharedDataFolder } from '../shared-data.ts';
import { readInventory } from './dicom-corpus.ts';

const frameSchema = z.object({
  sha256: z.string(),
  form: z.enum(['stored', 'rgb']),
  delta: z.string().optional(),
});
const referenceSchema = z.array(
  z.object({
    path: z.string(),
    group: z.string(),
    outcome: z.enum(['decoded', 'refused', 'no image']),
    lossy: z.boolean().optional(),
    frames: z.array(frameSchema),
    display: z.object({ sha256: z.string(), delta: z.string().optional() }).optional(),
  }),
);

const references = new Map(
  referenceSchema
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'dicom-reference.json'), 'utf8')))
    .map((reference) => [reference.path, reference]),
);

const data = sharedDataFolder();
if (data === null) console.warn('The DICOM corpus is absent: its conformance test is skipped.');

/** Hash of samples, after a difference of -1, 0 or 1 has been laid over. */
function hashOf(samples: PixelArray, delta: string | undefined): string {
  let wide = Int32Array.from(samples as Uint8Array);
  if (delta !== undefined) {
    const by = new Int8Array(inflateRawSync(Buffer.from(delta, 'base64')));
    if (by.some((d) => d < -1 || d > 1)) throw new Error('A difference beyond one grey level.');
    wide = wide.map((value, i) => value + (by[i] ?? 0));
  }
  return createHash('sha256').update(new Uint8Array(wide.buffer)).digest('hex');
}

async function differences(decoded: DecodedDicom, reference: z.infer<typeof referenceSchema>[number]) {
  const wrong: string[] = [];
  for (const [index, frame] of reference.frames.entries()) {
    const samples =
      frame.form === 'rgb' ? (await decoded.frame(index)).pixels : (await decoded.storedFrame(index)).samples;
    if (reference.lossy !== true && frame.delta !== undefined) wrong.push(`frame ${index} may not differ`);
    if (hashOf(samples, frame.delta) !== frame.sha256) wrong.push(`frame ${index}`);
  }
  if (reference.display !== undefined) {
    const { shades } = prepareForDisplay(await decoded.frame(0));
    const delta = reference.display.delta;
    let shown = shades;
    if (delta !== undefined) {
      const by = new Int8Array(inflateRawSync(Buffer.from(delta, 'base64')));
      if (by.some((d) => d < -1 || d > 1)) wrong.push('shades differ by more than 1');
      shown = shades.map((shade, i) => shade + (by[i] ?? 0));
    }
    if (createHash('sha256').update(shown).digest('hex') !== reference.display.sha256) wrong.push('shades');
  }
  return wrong;
}

describe.skipIf(data === null)('DICOM corpus', () => {
  const folder = data ?? '';
  const corpus = data === null ? [] : readInventory(folder);

  test('is the one that the references were made of', () => {
    expect([...references.keys()].sort()).toEqual(corpus.map(({ path }) => path).sort());
    expect([...references.values()].filter(({ frames }) => frames.length > 0).length).toBeGreaterThan(195);
  });

  for (const group of [...new Set(corpus.map((file) => file.group))]) {
    test(`${group} decodes as the references do`, async () => {
      const wrong: string[] = [];
      for (const { path, marked } of corpus.filter((file) => file.group === group)) {
        const reference = references.get(path);
        if (reference === undefined) continue;
        const bytes = new Uint8Array(readFileSync(join(folder, 'dicom', path)));
        try {
          const decoded = decodeDicom(bytes, basename(path));
          imageInstanceSchema.parse(decoded.instance);
          if (decoded.frameCount === 0) {
            if (marked || reference.outcome !== 'no image') wrong.push(`${path}: no image`);
            continue;
          }
          const image = await decoded.frame(0);
          decodedImageSchema.parse(image);
          expect(image.pixels.length).toBe(image.width * image.height * image.samplesPerPixel);
          for (const what of await differences(decoded, reference)) wrong.push(`${path}: ${what}`);
          if (reference.outcome !== 'decoded')
            wrong.push(`${path}: decodes now, ${reference.outcome} before`);
        } catch (thrown) {
          const { code, at, message } = errorBodyOf(thrown);
          if (code === 'internal' || at === null || marked || reference.outcome !== 'refused') {
            wrong.push(`${path}: ${code} ${at}: ${message}`);
          }
        }
      }
      expect(wrong).toEqual([]);
    });
  }
});
