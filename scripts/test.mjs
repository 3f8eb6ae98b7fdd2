/**
 * `npm test`: sets up, then lint, types, layers, unit tests and end-to-end tests. All of them run even where
 * one fails; the last line gives the totals.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runEndToEnd } from './e2e.mjs';
import { CHECKOUT, exitCodeOf } from './process.mjs';
import { giveUp, setUp } from './setup.mjs';

const RESULTS = join(CHECKOUT, 'out', 'test-results');
const UNIT_REPORT = join(RESULTS, 'unit.json');
const E2E_REPORT = join(RESULTS, 'e2e.json');

function heading(text) {
  console.log(`\n── ${text} ${'─'.repeat(Math.max(0, 70 - text.length))}`);
}

/** A check without a report of its own: it adds to the totals only where it fails. */
async function check(name, command, args) {
  heading(name);
  const code = await exitCodeOf(command, args);
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** Totals of a report; a runner that failed without a failed test (or without a report) counts as one failure. */
function totals(code, reportFile, read) {
  const counts = existsSync(reportFile)
    ? read(JSON.parse(readFileSync(reportFile, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 };
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function unitTests() {
  heading('Unit and conformance tests');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${UNIT_REPORT}`];
  const code = await exitCodeOf('vitest', ['run', ...reporters]);
  return totals(code, UNIT_REPORT, (report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  }));
}

async function endToEndTests(runtime) {
  heading('End-to-end tests in Electron');
  const code = await runEndToEnd({ runtime, reportFile: E2E_REPORT });
  return totals(code, E2E_REPORT, ({ stats }) => ({
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected,
    skipped: stats.skipped,
  }));
}

const started = Date.now();
const runtime = await setUp({ forTests: true }).catch(giveUp);
rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
const results = [
  await check('Lint and format', 'biome', ['check', '.']),
  await check('Types', 'tsc', ['--noEmit']),
  await check('Layers', 'node', ['scripts/check-layers.mjs']),
  await unitTests(),
  await endToEndTests(runtime).catch((error) => {
    console.error(error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  }),
];
const sum = (kind) => results.reduce((total, counts) => total + counts[kind], 0);
const skipped = sum('skipped');
heading(`${Math.round((Date.now() - started) / 1000)} s`);
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = sum('failed') === 0 ? 0 : 1;
