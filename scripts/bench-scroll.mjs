/**
 * `npm run bench:scroll`: scrolls a day of two leads in the real app under Xvfb and prints, as JSON, how long the
 * main thread worked for a frame. Exit code 1 where the 95th percentile is 16 ms or more.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, row } from '../test/bench/row.ts';
import { runEndToEnd } from './e2e.mjs';
import { CHECKOUT } from './process.mjs';
import { setUp } from './setup.mjs';

const FRAME_MS = 16;

const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-scroll-'));
try {
  const runtime = await setUp({ forTests: true });
  const output = join(folder, 'frames.json');
  process.env.KIRCHHOFF_SCROLL_RESULT = output;
  const config = join(CHECKOUT, 'test', 'bench', 'scroll', 'playwright.config.ts');
  const reportFile = join(folder, 'report.json');
  const code = await runEndToEnd({ runtime, reportFile, args: ['--config', config] });
  if (code !== 0) throw new Error(`The scroll bench ended with code ${code}.`);
  const rows = Object.entries(JSON.parse(readFileSync(output, 'utf8'))).map(([name, times]) =>
    row(
      `scroll ${name}, ${process.env.KIRCHHOFF_SCROLL_HOURS ?? 24} h of 2 leads: main thread a frame, 95th percentile`,
      times.p95Ms,
      'ms',
      atMost(FRAME_MS),
      times,
    ),
  );
  console.log(JSON.stringify(rows, null, 2));
  if (rows.some(({ holds }) => holds === false)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
