import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { partialPathOf, writeFileAtomically } from './atomic-write.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-atomic-'));
  path = join(folder, 'report.pdf');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('an atomic write', () => {
  it('shows the old content until the new one is whole', () => {
    writeFileSync(path, 'old');
    let seen: string[] = [];
    writeFileAtomically(path, Buffer.from('new'), {
      hit: (point) => {
        seen = [point, readFileSync(path, 'utf8'), readFileSync(partialPathOf(path), 'utf8')];
      },
    });
    expect(seen).toEqual(['report-write', 'old', 'new']);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['report.pdf']);
  });

  it('leaves everything as it was where it fails', () => {
    const fail = {
      hit: () => {
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      },
    };
    expect(() => writeFileAtomically(path, Buffer.from('new'), fail)).toThrow('report.pdf: The disk is full');
    expect(readdirSync(folder)).toEqual([]);
    expect(() => writeFileAtomically(join(folder, 'missing', 'x'), Buffer.from('new'))).toThrow('ENOENT');
  });

  it('takes the place of what a killed one left', () => {
    writeFileSync(partialPathOf(path), 'a longer half-written report');
    writeFileAtomically(path, Buffer.from('new'));
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(existsSync(partialPathOf(path))).toBe(false);
  });
});
