/** The forms in which values are kept: they come back as they were, or are refused. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { syntheticBeats, syntheticRecording, syntheticSummary } from '../../test/records/synthetic-study.ts';
import { type BeatTable, ecgSummarySchema, NO_CONFORMAL_SET } from '../contract/ecg.ts';
import { beatColumnsContent, StoredBeats } from './beat-columns.ts';
import {
  buildEnvelope,
  columnsFromPairs,
  columnsFromSamples,
  EnvelopeBuilder,
  envelopeLevels,
  levelFor,
} from './envelope.ts';
import { fromTypedJson, toTypedJson } from './typed-json.ts';

describe('typed JSON', () => {
  const schema = z.object({
    bytes: z.instanceof(Uint8Array),
    integers: z.instanceof(Int32Array),
    reals: z.instanceof(Float32Array),
    text: z.string(),
  });

  it('keeps typed arrays, their bits and their kind', () => {
    const value = {
      bytes: Uint8Array.of(0, 255),
      // A view that does not start at its buffer's start.
      integers: Int32Array.of(9, -1, 2 ** 31 - 1).subarray(1),
      reals: Float32Array.of(Number.NaN, -0, 1 / 3, Number.NEGATIVE_INFINITY),
      text: '$uint8',
    };
    const back = fromTypedJson(schema, toTypedJson(schema, value));
    expect(back).toEqual(value);
    expect(Object.is(back.reals[1], -0)).toBe(true);
    const summary = syntheticSummary(12);
    expect(fromTypedJson(ecgSummarySchema, toTypedJson(ecgSummarySchema, summary))).toEqual(summary);
  });

  it('does not write what it could not read back, and does not read what does not fit', () => {
    expect(() => toTypedJson(z.number(), Number.NaN)).toThrow(z.ZodError);
    for (const text of ['', '{', '{"bytes":1}', '{"$int32":"AAA="}', '7']) {
      expect(() => fromTypedJson(schema, text)).toThrow('A record is damaged');
    }
  });
});

describe('beat columns', () => {
  const bytesOf = (beats: BeatTable) => Buffer.concat([...beatColumnsContent(beats).pieces()]);
  const stored = (bytes: Uint8Array) =>
    new StoredBeats(bytes.length, (offset, length) =>
      Uint8Array.from(bytes.subarray(offset, offset + length)),
    );

  it.each([0, 1, 2500])('keep %i beats bit for bit', (count) => {
    const beats = syntheticBeats(count);
    expect(beatColumnsContent(beats).bytes).toBe(4 + 65 * count);
    expect(stored(bytesOf(beats)).rows()).toEqual(beats);
  });

  it('are read by row and by column', () => {
    const beats = syntheticBeats(90);
    const part = stored(bytesOf(beats)).rows(20, 33);
    expect(part.sample).toEqual(beats.sample.slice(20, 33));
    expect(part.probabilityHigh).toEqual(beats.probabilityHigh.slice(80, 132));
    expect(part.conformalSet).toEqual(beats.conformalSet.slice(20, 33));
    expect(stored(bytesOf(beats)).column('epistemic', 89)).toEqual(beats.epistemic.slice(89));
  });

  it('of a version without conformal sets are read without them', () => {
    const beats = syntheticBeats(5);
    const older = bytesOf(beats).subarray(0, -5);
    const expected = { ...beats, conformalSet: new Uint8Array(5).fill(NO_CONFORMAL_SET) };
    expect(stored(older).rows()).toEqual(expected);
  });

  it('refuse bytes that are not a table, and columns of different length', () => {
    const bytes = bytesOf(syntheticBeats(3));
    for (const wrong of [
      bytes.subarray(0, bytes.length - 1),
      bytes.subarray(0, bytes.length - 4),
      bytes.subarray(0, 3),
      Buffer.concat([bytes, bytes]),
    ]) {
      expect(() => stored(wrong)).toThrow('damaged');
    }
    expect(() => beatColumnsContent({ ...syntheticBeats(3), label: new Uint8Array(2) })).toThrow('label');
  });
});

describe('envelope', () => {
  it('holds the extremes of every block at every level', () => {
    const { millivolts } = syntheticRecording(1, 40_001).leads[0]!;
    const pairs = buildEnvelope(millivolts);
    for (const { blockSamples, blocks, firstBlock } of envelopeLevels(40_001)) {
      expect(blocks).toBe(Math.ceil(40_001 / blockSamples));
      for (let block = 0; block < blocks; block++) {
        const valid = millivolts
          .slice(block * blockSamples, (block + 1) * blockSamples)
          .filter((value) => !Number.isNaN(value));
        const pair = pairs.slice(2 * (firstBlock + block), 2 * (firstBlock + block) + 2);
        expect([...pair]).toEqual([Math.min(...valid), Math.max(...valid)]);
      }
    }
  });

  it('is the same from windows of any length', () => {
    const { millivolts } = syntheticRecording(1, 40_001).leads[0]!;
    millivolts.fill(Number.NaN, 640, 1800);
    for (const length of [1, 63, 1000, 40_001]) {
      const envelope = new EnvelopeBuilder(40_001);
      for (let at = 0; at < 40_001; at += length) envelope.push(millivolts.subarray(at, at + length));
      expect(envelope.pairs()).toEqual(buildEnvelope(millivolts));
    }
  });

  it('gives NaN where no sample is valid', () => {
    expect([...buildEnvelope(new Float32Array(64).fill(Number.NaN)).subarray(0, 2)]).toEqual([
      Number.NaN,
      Number.NaN,
    ]);
    expect([...columnsFromSamples(new Float32Array(0), 1)]).toEqual([Number.NaN, Number.NaN]);
  });

  it('takes the coarsest level that resolves the columns, and samples where none does', () => {
    expect(levelFor(10_000, 1000)).toBeNull();
    expect(levelFor(650_000, 1000)?.blockSamples).toBe(64);
    expect(levelFor(31_104_000, 1000)?.blockSamples).toBe(1024);
    expect(levelFor(31_104_000, 100)?.blockSamples).toBe(16_384);
  });

  it('puts every block into one column', () => {
    const pairs = Float32Array.from({ length: 2 * 10 }, (_, index) => index);
    expect([...columnsFromPairs(pairs, 3)]).toEqual([0, 5, 6, 11, 12, 19]);
    expect([...columnsFromSamples(Float32Array.of(1, 2, 3), 6)]).toEqual([
      1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3,
    ]);
  });
});
