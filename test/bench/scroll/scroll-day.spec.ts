/** Scrolls a day of ECG in the real app while Chromium traces it, on the strip, in full disclosure, by the overview. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from '@playwright/test';
import { expect, folderForApp, test } from '../../e2e/kirchhoff-app.ts';
import { createUser, sampleNames, studiesWhenDone } from '../../e2e/steps.ts';
import { writeDayRecording } from '../day-recording.ts';
import { type FrameTimes, frameTimes, type TraceEvent } from './frame-times.ts';

const SCROLL_SECONDS = 8;

async function traced(
  electron: ElectronApplication,
  file: string,
  work: () => Promise<void>,
): Promise<FrameTimes> {
  await electron.evaluate(({ contentTracing }) =>
    contentTracing.startRecording({
      included_categories: [
        'devtools.timeline',
        'disabled-by-default-devtools.timeline',
        'disabled-by-default-devtools.timeline.frame',
      ],
      excluded_categories: ['*'],
    }),
  );
  await work();
  await electron.evaluate(({ contentTracing }, path) => contentTracing.stopRecording(path), file);
  const trace = JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: TraceEvent[] };
  return frameTimes(trace.traceEvents);
}

/** Turns the wheel about sixty times a second. */
async function wheel(page: Page, deltaY: number): Promise<void> {
  const until = Date.now() + SCROLL_SECONDS * 1000;
  while (Date.now() < until) {
    const began = performance.now();
    await page.mouse.wheel(0, deltaY);
    await page.waitForTimeout(Math.max(0, 16 - (performance.now() - began)));
  }
}

async function over(
  page: Page,
  testId: string,
): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await page.getByTestId(testId).boundingBox();
  if (box === null) throw new Error(`${testId} is not shown.`);
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  return box;
}

test('scrolling a day', async ({ app, home }) => {
  const { electron, page } = app;
  await createUser(page);
  await studiesWhenDone(page, sampleNames().length);
  const folder = folderForApp(home, 'day');
  // Less than a day is only for trying the bench itself.
  await writeDayRecording(folder, Number(process.env.KIRCHHOFF_SCROLL_HOURS ?? 24));
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] });
  }, folder);
  await page.evaluate(() => window.kirchhoff.request('studies.open', { kind: 'folder' }));
  await page.keyboard.press('Control+1');
  await expect
    .poll(
      async () => {
        const answer = await page.evaluate(() => window.kirchhoff.request('studies.list', {}));
        return answer.ok ? answer.value.find(({ recordName }) => recordName === 'day')?.status : null;
      },
      { timeout: 3_000_000, intervals: [2000] },
    )
    .toBe('preliminary');
  const id = await page.evaluate(async () => {
    const answer = await window.kirchhoff.request('studies.list', {});
    return answer.ok ? answer.value.find(({ recordName }) => recordName === 'day')?.id : undefined;
  });
  await page.locator(`tr[data-study="${id}"]`).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('strip')).toBeVisible({ timeout: 60_000 });
  await page.waitForTimeout(3000);

  // The driver keeps pictures of the page's tree around each act for tests that fail: its work, in the page's thread.
  await electron.context().tracing.stop();
  const results: Record<string, FrameTimes> = {};
  await over(page, 'strip');
  results.strip = await traced(electron, join(folder, 'strip.json'), () => wheel(page, 60));
  const box = await over(page, 'overview');
  results.overview = await traced(electron, join(folder, 'overview.json'), async () => {
    await page.mouse.down();
    const steps = SCROLL_SECONDS * 40;
    for (let i = 0; i < steps; i++) {
      await page.mouse.move(box.x + 80 + ((box.width - 120) * i) / steps, box.y + 30);
      await page.waitForTimeout(15);
    }
    await page.mouse.up();
  });
  await page.keyboard.press('3');
  await page.waitForTimeout(2000);
  await over(page, 'disclosure');
  results.disclosure = await traced(electron, join(folder, 'disclosure.json'), () => wheel(page, 120));
  const output = process.env.KIRCHHOFF_SCROLL_RESULT;
  if (output !== undefined) writeFileSync(output, JSON.stringify(results));
  const keep = process.env.KIRCHHOFF_PICTURES;
  if (keep !== undefined) await page.screenshot({ path: join(keep, 'day-disclosure.png') });
});
