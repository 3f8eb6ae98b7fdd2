import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, '../../../scripts/fuzz-dicom.ts');
const FILES = 500;

test(`${FILES} mutated files end in an answer or a typed error, in bounded memory`, () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, String(FILES)], {
    encoding: 'utf8',
    // A reader that hangs is ended here instead of holding up the run.
    timeout: 110_000,
    env: { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: undefined },
  });
  console.log(stdout);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain(`${FILES} mutated files`);
});
