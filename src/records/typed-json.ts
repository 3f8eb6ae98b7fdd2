/** JSON text that keeps typed arrays: each becomes an object with one tag and its bytes in base64. */
import type { z } from 'zod';
import { KirchhoffError } from '../contract/errors.ts';
import { DATABASE_FILE } from './database.ts';

const TAGS = { Uint8Array: '$uint8', Int32Array: '$int32', Float32Array: '$float32' } as const;

/**
 * Text of `value`, checked against its schema first: what cannot be read back is not written.
 * @throws ZodError where the value does not fit; a defect of the caller.
 */
export function toTypedJson<Schema extends z.ZodType>(schema: Schema, value: z.input<Schema>): string {
  return JSON.stringify(schema.parse(value), (_key, part: unknown) => {
    if (part instanceof Uint8Array) return { [TAGS.Uint8Array]: base64Of(part) };
    if (part instanceof Int32Array) return { [TAGS.Int32Array]: base64Of(part) };
    if (part instanceof Float32Array) return { [TAGS.Float32Array]: base64Of(part) };
    return part;
  });
}

/** @throws KirchhoffError 'store-corrupt' where the text does not hold what the schema asks for. */
export function fromTypedJson<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(text, (_key, part: unknown) => typedArrayOf(part) ?? part));
  } catch {
    throw new KirchhoffError(
      'store-corrupt',
      'A record is damaged. Restore the records from a backup.',
      DATABASE_FILE,
    );
  }
}

function base64Of(array: Uint8Array | Int32Array | Float32Array): string {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64');
}

function typedArrayOf(part: unknown): Uint8Array | Int32Array | Float32Array | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  const entries = Object.entries(part);
  const [tag, text] = entries[0] ?? [];
  if (entries.length !== 1 || typeof text !== 'string') return undefined;
  // A copy of its own: the buffer that base64 decodes into is shared and not aligned.
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  if (tag === TAGS.Uint8Array) return bytes;
  if (tag === TAGS.Int32Array) return new Int32Array(bytes.buffer);
  if (tag === TAGS.Float32Array) return new Float32Array(bytes.buffer);
  return undefined;
}
