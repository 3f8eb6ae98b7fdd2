/**
 * `npm run fuzz [files] [seed]`: mutated DICOM files against the reader (test/dicom-fuzz.ts), with the part of
 * src/imaging that they reach. Ends with 1 where anything but an answer or a typed error came out.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeCoverage } from 'node:v8';
import { fuzz } from '../test/dicom-fuzz.ts';

const DEFAULT_FILES = 10_000;
const DEFAULT_SEED = 20_251;
/** The product's limit for one file; a file that takes longer hangs. */
const ALLOWED_MS = 10_000;
/** Resident memory that the run must stay below. */
const MOST_RESIDENT_BYTES = 2 ** 30;
const READER = resolve(import.meta.dirname, '../src/imaging');

const files = Number(process.argv[2] ?? DEFAULT_FILES);
const seed = Number(process.argv[3] ?? DEFAULT_SEED);
const folder = process.env.NODE_V8_COVERAGE;

if (folder === undefined) {
  // V8 collects coverage from the start of a process only.
  const coverage = mkdtempSync(join(tmpdir(), 'kirchhoff-fuzz-'));
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), String(files), String(seed)], {
    stdio: 'inherit',
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
  });
  rmSync(coverage, { recursive: true, force: true });
  process.exitCode = child.status ?? 1;
} else {
  const totals = await fuzz(files, seed, ALLOWED_MS);
  const resident = process.resourceUsage().maxRSS * 1024;
  console.log(
    `${totals.files} mutated files, ${totals.structural} of them in lengths, sequences or fragments: ` +
      `${totals.read} read, ${totals.files - totals.read} refused; longest ${Math.round(totals.longestMs)} ms, ` +
      `${Math.round(resident / 2 ** 20)} MiB at most`,
  );
  for (const [code, count] of Object.entries(totals.refused).sort()) console.log(`  ${code}: ${count}`);
  takeCoverage();
  printCoverage(folder);
  for (const fault of totals.faults.slice(0, 20)) console.error(fault);
  if (resident > MOST_RESIDENT_BYTES) console.error('More memory was used than is allowed.');
  const bad =
    totals.faults.length > 0 || resident > MOST_RESIDENT_BYTES || 2 * totals.structural < totals.files;
  process.exitCode = bad ? 1 : 0;
}

interface CoverageRange {
  startOffset: number;
  endOffset: number;
  count: number;
}

/** Share of characters that ran, comments and blanks left out; Node strips types to blanks, so places are the source's. */
function printCoverage(from: string): void {
  const name = readdirSync(from).find((file) => file.startsWith('coverage-'));
  if (name === undefined) return;
  const { result } = JSON.parse(readFileSync(join(from, name), 'utf8')) as {
    result: { url: string; functions: { ranges: CoverageRange[] }[] }[];
  };
  let [ran, all] = [0, 0];
  const lines: string[] = [];
  for (const { url, functions } of result) {
    if (!url.startsWith('file:')) continue;
    const path = fileURLToPath(url);
    if (!path.startsWith(READER) || path.includes('generated')) continue;
    const source = readFileSync(path, 'utf8');
    const covered = new Uint8Array(source.length).fill(1);
    // Outer ranges first: what lies within another one is more exact.
    const ranges = functions.flatMap((each) => each.ranges);
    ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
    for (const range of ranges) covered.fill(range.count > 0 ? 1 : 0, range.startOffset, range.endOffset);
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (comment) => ' '.repeat(comment.length));
    let [here, total] = [0, 0];
    for (let i = 0; i < code.length; i++) {
      if (/\s/.test(code[i] ?? '')) continue;
      total++;
      here += covered[i] ?? 0;
    }
    ran += here;
    all += total;
    lines.push(`  ${((100 * here) / total).toFixed(0).padStart(3)} %  ${relative(READER, path)}`);
  }
  console.log(`coverage of src/imaging: ${((100 * ran) / all).toFixed(1)} %`);
  console.log(lines.sort((a, b) => a.slice(8).localeCompare(b.slice(8))).join('\n'));
}
