/** The check of the layers finds what is planted for it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const CHECK = resolve(import.meta.dirname, '../../scripts/check-layers.mjs');

/** A house that keeps all rules; each test spoils one file of it. */
const CLEAN = {
  'src/contract/ecg.ts': 'export const one = 1;\n',
  'src/numeric/sum.ts': 'export const sum = (a: number, b: number) => a + b;\n',
  'src/ecg/lead.ts':
    "import { sum } from '../numeric/sum.ts';\nexport const mean = (window: { process: number }, document: number) => sum(window.process, document) / 2;\n",
  'src/records/store.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
  'src/cli/main.ts': "import { mean } from '../ecg/lead.ts';\nexport const print = mean;\n",
  'main/main.ts':
    "import { one } from '../src/contract/ecg.ts';\nexport const version = process.version + one;\n",
  'renderer/main.tsx':
    "import { one } from '../src/contract/ecg.ts';\nexport const title = () => <p>{document.title + one}</p>;\n",
};

let house: string;

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(house, path)), { recursive: true });
    writeFileSync(join(house, path), text);
  }
}

function check(): { code: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CHECK, house], { encoding: 'utf8' });
  return { code: status, said: stdout + stderr };
}

beforeEach(() => {
  house = mkdtempSync(join(tmpdir(), 'kirchhoff-layers-'));
  write(CLEAN);
});
afterEach(() => rmSync(house, { recursive: true, force: true }));

describe('check-layers', () => {
  it('passes a house that keeps the rules', () => {
    const { code, said } = check();
    expect(said).toContain('7 modules, 0 violations');
    expect(code).toBe(0);
  });

  it.each([
    ['an import upwards', 'src/ecg/lead.ts', "import '../cli/main.ts';", 'layer-ecg'],
    [
      'an import of a type upwards',
      'src/ecg/lead.ts',
      "import type { read } from '../records/store.ts';\nexport type R = typeof read;",
      'layer-ecg',
    ],
    ['a neighbour of the same row', 'src/report/pdf.ts', "import '../records/store.ts';", 'layer-report'],
    [
      'portable models that see the records',
      'src/portability/bundle.ts',
      "import '../records/store.ts';",
      'layer-portability',
    ],
    [
      'a renderer that sees more than the contract',
      'renderer/main.tsx',
      "import '../src/ecg/lead.ts';",
      'layer-renderer',
    ],
    [
      'a shell that sees more than the contract',
      'main/main.ts',
      "import '../src/ecg/lead.ts';",
      'layer-main',
    ],
    ['Node in a pure layer', 'src/numeric/sum.ts', "import 'node:crypto';", 'pure-has-no-node'],
    ['Node in the renderer', 'renderer/main.tsx', "import 'node:path';", 'renderer-has-no-node'],
    [
      'a dynamic import of Node in a pure layer',
      'src/numeric/sum.ts',
      "export const c = () => import('node:crypto');",
      'pure-has-no-node',
    ],
    ['a package in a pure layer', 'src/ecg/lead.ts', "import 'pdfkit';", 'src/ecg/lead.ts: imports pdfkit'],
    [
      'Electron below the shell',
      'src/records/store.ts',
      "import 'electron';",
      'src/records/store.ts: imports',
    ],
    ['a network module', 'src/records/store.ts', "import 'node:https';", 'no-network-module'],
    [
      'a socket',
      'main/main.ts',
      "import { connect } from 'net';\nexport const c = connect;",
      'no-network-module',
    ],
    ['process in a pure layer', 'src/ecg/lead.ts', 'export const p = process.pid;', 'uses process'],
    ['Buffer in a pure layer', 'src/ecg/lead.ts', 'export const b = () => Buffer.alloc(1);', 'uses Buffer'],
    [
      'the page in a pure layer',
      'src/ecg/lead.ts',
      'export const w = () => window.innerWidth;',
      'uses window',
    ],
    ['fetch in the renderer', 'renderer/main.tsx', "export const f = () => fetch('/x');", 'uses fetch'],
    [
      'fetch by way of globalThis',
      'src/records/store.ts',
      "export const f = () => globalThis.fetch('/x');",
      'uses fetch',
    ],
    [
      'a web socket',
      'renderer/main.tsx',
      "export const f = () => new WebSocket('ws://x');",
      'uses WebSocket',
    ],
    [
      "Electron's network",
      'main/main.ts',
      "import { net } from 'electron';\nexport const n = net;",
      'uses electron.net',
    ],
  ])('finds %s', (_what, path, text, said) => {
    write({ [path]: `${text}\n` });
    const result = check();
    expect(result.said).toContain(said);
    expect(result.said).toContain(path);
    expect(result.code).toBe(1);
  });

  it('does not call it a pass where no module was seen', () => {
    rmSync(house, { recursive: true });
    mkdirSync(join(house, 'src'), { recursive: true });
    expect(check().code).toBe(2);
  });
});
