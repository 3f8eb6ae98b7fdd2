/** Typed arrays at a boundary: structured clone keeps their kind, so an instance check is enough. */
import { z } from 'zod';

export const float32ArraySchema: z.ZodType<Float32Array, Float32Array> = z.instanceof(Float32Array);
export const int32ArraySchema: z.ZodType<Int32Array, Int32Array> = z.instanceof(Int32Array);
export const uint8ArraySchema: z.ZodType<Uint8Array, Uint8Array> = z.instanceof(Uint8Array);
export const float64ArraySchema: z.ZodType<Float64Array, Float64Array> = z.instanceof(Float64Array);
