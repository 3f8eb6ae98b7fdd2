import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { errorBodyOf } from '../../contract/errors.ts';
import { looksLikeZip, openZip } from './zip.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    return errorBodyOf(thrown).code;
  }
  return 'read';
}

test('lists and reads stored and packed files', () => {
  const long = text('chest '.repeat(10_000));
  const bytes = zipSync({
    'a/one.txt': [text('one'), { level: 0 }],
    'a/two.txt': long,
    'größe.txt': text('3'),
  });
  expect(looksLikeZip(bytes)).toBe(true);
  const archive = openZip(bytes, 'a.zip');
  expect(archive.entries.map(({ name }) => name)).toEqual(['a/one.txt', 'a/two.txt', 'größe.txt']);
  const [one, two] = archive.entries;
  expect(new TextDecoder().decode(archive.read(one!))).toBe('one');
  expect(archive.read(two!)).toEqual(long);
  expect(archive.peek(two!)).toEqual(long.subarray(0, 512));
  expect(codeOf(() => archive.read(two!, () => true))).toBe('file-too-large');
});

test('refuses names that lead out of the archive', () => {
  expect(codeOf(() => openZip(zipSync({ '../evil': text('x') }), 'a.zip'))).toBe('file-outside-folder');
  expect(codeOf(() => openZip(zipSync({ 'C:\\evil': text('x') }), 'a.zip'))).toBe('file-outside-folder');
});

test('refuses archives that are made to burst', () => {
  // 100 MB of zeros pack 1000 to 1.
  const bomb = zipSync({ bomb: new Uint8Array(100_000_000) }, { level: 9 });
  expect(bomb.length).toBeLessThan(200_000);
  expect(codeOf(() => openZip(bomb, 'bomb.zip'))).toBe('file-too-large');
  // The directory says 10 bytes: what comes out is held to it.
  const lying = bomb.slice();
  const view = new DataView(lying.buffer);
  for (let at = 0; at + 4 < lying.length; at++) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 10, true);
  }
  const archive = openZip(lying, 'bomb.zip');
  expect(codeOf(() => archive.read(archive.entries[0]!))).toBe('file-too-large');
});

test('tells broken archives', () => {
  const good = zipSync({ a: text('some text that is packed'), b: text('other') });
  expect(codeOf(() => openZip(good.subarray(0, good.length - 10), 'a.zip'))).toBe('format-unknown');
  const flipped = good.slice();
  flipped[35] = (flipped[35] ?? 0) ^ 0xff;
  const archive = openZip(flipped, 'a.zip');
  expect(codeOf(() => archive.read(archive.entries[0]!))).toBe('value-out-of-range');
  for (let at = 0; at < good.length; at++) {
    const mutated = good.slice();
    mutated[at] = (mutated[at] ?? 0) ^ 0xff;
    const code = codeOf(() => {
      const opened = openZip(mutated, 'a.zip');
      for (const entry of opened.entries) opened.read(entry);
    });
    expect(code).not.toBe('internal');
  }
});
