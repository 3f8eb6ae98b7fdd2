/** `kirchhoff convert --to png|raw` of images: DICOM, PNG and JPEG into pixels with what is known of them. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { encode } from 'fast-png';
import { errorBodyOf, KirchhoffError } from '../contract/errors.ts';
import type { DecodedImage, ImageInstance } from '../contract/imaging.ts';
import { writeFileAtomically } from '../records/atomic-write.ts';
import { findImages, type ImageSource } from '../service/image-files.ts';
import { openImageFile } from '../service/image-reading.ts';
import { EXIT, UsageError } from './exit.ts';

const TARGETS = ['png', 'raw'] as const;
type Target = (typeof TARGETS)[number];

/** Whether arguments of `convert` ask for images rather than recordings. */
export function asksForImages(args: readonly string[]): boolean {
  const at = args.findIndex((arg) => arg === '--to' || arg.startsWith('--to='));
  const target = args[at]?.includes('=') ? args[at]?.split('=')[1] : args[at + 1];
  return at >= 0 && TARGETS.some((each) => each === target);
}

/** @returns the exit code; throws UsageError where nothing could be begun */
export async function convertImages(args: readonly string[]): Promise<number> {
  const { target, out, paths } = parse(args);
  const { images: sources } = await findImages(paths);
  const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
  let failed = 0;
  for (const source of sources) {
    try {
      const files = await convertOne(source, target, out);
      say({ input: source.relativeName, status: 'converted', files });
    } catch (thrown) {
      failed++;
      say({ input: source.relativeName, status: 'error', error: errorBodyOf(thrown) });
    }
  }
  if (sources.length === 0) {
    failed++;
    const error = new KirchhoffError(
      'format-unknown',
      'No image was found (looked for DICOM, PNG, JPEG, zip).',
    );
    say({ input: paths.join(' '), status: 'error', error: error.body });
  }
  return failed === 0 ? EXIT.done : EXIT.someFailed;
}

function parse(args: readonly string[]): { target: Target; out: string; paths: string[] } {
  let parsed: ReturnType<typeof parseOptions>;
  try {
    parsed = parseOptions(args);
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
  const target = TARGETS.find((each) => each === parsed.values.to);
  if (parsed.positionals.length === 0) throw new UsageError('Name at least one file or folder to convert.');
  if (target === undefined) throw new UsageError(`Say the format: --to ${TARGETS.join(', --to ')}.`);
  if (parsed.values.out === undefined) throw new UsageError('Say where the files go: --out DIR.');
  return { target, out: resolve(parsed.values.out), paths: parsed.positionals };
}

const parseOptions = (args: readonly string[]) =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { to: { type: 'string' }, out: { type: 'string' } },
  });

async function convertOne(source: ImageSource, target: Target, out: string): Promise<string[]> {
  const { instance, frame } = await openImageFile(source.path, source.entry);
  if (instance.frameCount === 0) {
    throw new KirchhoffError('no-signal', 'The object holds no image.', basename(source.relativeName));
  }
  const stem = source.relativeName.replace(/\.(dcm|dicom|png|jpe?g)$/i, '');
  await mkdir(join(out, dirname(stem)), { recursive: true });
  const written: string[] = [];
  const write = async (name: string, bytes: Uint8Array): Promise<void> => {
    await writeFileAtomically(join(out, name), bytes);
    written.push(name);
  };
  const frames: object[] = [];
  for (let i = 0; i < instance.frameCount; i++) {
    const image = await frame(i);
    const name = instance.frameCount === 1 ? stem : `${stem}-${String(i + 1).padStart(4, '0')}`;
    const file = `${name}.${target}`;
    const { bytes, pixels } = target === 'png' ? asPng(image) : asRaw(image);
    await write(file, bytes);
    frames.push({ file: basename(file), pixels, ...factsOf(image) });
  }
  const facts = { instance: withoutBytes(instance), frames };
  await write(`${stem}.json`, new TextEncoder().encode(`${JSON.stringify(facts, null, 2)}\n`));
  return written;
}

/** How the numbers of a written file give stored values back. */
interface WrittenPixels {
  type: string;
  /** Stored value = written value + this. */
  offset: number;
}

/**
 * 16-bit grey, or 8- or 16-bit colour, losslessly: negative stored values are moved up by their least.
 * @throws KirchhoffError `format-unsupported` for pixels that 16 bits cannot hold
 */
function asPng(image: DecodedImage): { bytes: Uint8Array; pixels: WrittenPixels } {
  const { width, height, pixels, samplesPerPixel } = image;
  if (samplesPerPixel === 3) {
    const wide = image.bitsStored > 8;
    const data = wide ? Uint16Array.from(pixels) : Uint8Array.from(pixels);
    const bytes = encode({ width, height, data, depth: wide ? 16 : 8, channels: 3 });
    return { bytes, pixels: { type: wide ? 'uint16' : 'uint8', offset: 0 } };
  }
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let whole = true;
  for (const value of pixels) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    whole &&= Number.isInteger(value);
  }
  const offset = least < 0 ? least : 0;
  if (!whole || most - offset > 65535) {
    throw new KirchhoffError(
      'format-unsupported',
      'The pixels are floating point or deeper than 16 bits, which PNG cannot hold; convert --to raw.',
    );
  }
  const data = Uint16Array.from(pixels as Uint16Array, (value) => value - offset);
  const bytes = encode({ width, height, data, depth: 16, channels: 1 });
  return { bytes, pixels: { type: 'uint16', offset } };
}

/** Stored values as they are, little endian, row by row. */
function asRaw({ pixels }: DecodedImage): { bytes: Uint8Array; pixels: WrittenPixels } {
  const type = pixels.constructor.name.replace('Array', '').toLowerCase();
  return {
    bytes: new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength),
    pixels: { type, offset: 0 },
  };
}

function factsOf({ pixels: _, overlays, modality, presets, ...image }: DecodedImage): object {
  return {
    ...image,
    modality: withoutBytes(modality),
    presets: presets.map(withoutBytes),
    overlays: overlays.map(({ drawn: __, ...overlay }) => overlay),
  };
}

/** Tables as plain numbers, which JSON can hold. */
function withoutBytes(value: object): object {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) =>
      each instanceof Float64Array || each instanceof Float32Array ? [...each] : each,
    ),
  ) as ImageInstance;
}
