/** The views of an ECG study: summary, full disclosure, 12 leads, median beat; events, filters, both themes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { readRecord } from '../../src/service/read-record.ts';
import { findRecords } from '../../src/service/record-files.ts';
import { expect, folderForApp, type RunningApp, samplesFolder, test } from './kirchhoff-app.ts';
import { createUser, PASSPHRASE, sampleNames, studiesWhenDone } from './steps.ts';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

/** Keeps pictures of what is shown in both themes and sizes where a folder is asked for, to look at. */
async function pictures({ electron, page }: RunningApp, name: string): Promise<void> {
  const folder = process.env.KIRCHHOFF_PICTURES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const size of SIZES) {
    await electron.evaluate(({ BrowserWindow }, { width, height }) => {
      BrowserWindow.getAllWindows()[0]?.setContentSize(width, height);
    }, size);
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.waitForTimeout(700);
      await page.screenshot({ path: join(folder, `${name}-${size.width}-${scheme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${where}: ${id} at ${nodes[0]?.html}`)).toEqual([]);
}

async function openStudy(page: Page, record: string): Promise<void> {
  await page.keyboard.press('Control+1');
  await page.locator('tr[data-study]').filter({ hasText: record }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: new RegExp(record) })).toBeVisible();
  await expect(page.getByTestId('strip')).toBeVisible();
}

/** How many corrections of the study that is shown count. */
function corrections(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const studyId = document.querySelector('main')?.dataset.study ?? '';
    const answer = await window.kirchhoff.request('studies.get', { studyId });
    return answer.ok ? answer.value.corrections.count : -1;
  });
}

function place(page: Page): Promise<string | null> {
  return page.getByTestId('overview').getAttribute('aria-valuetext');
}

/** A made-up 12-lead record of 10 s: the leads of a sample with its signal, weighed and shifted. */
async function writeTwelveLeads(folder: string): Promise<void> {
  const { records } = await findRecords([join(samplesFolder(), 'mitdb-100-premature-beats.hea')]);
  const { recording } = readRecord(records[0]!);
  const [first, second] = recording.leads.map((lead) => lead.millivolts.subarray(0, 3600));
  const names = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6'];
  // Limb leads by Einthoven and Goldberger from I = 0.6 of the first and II = the first; V1 to V6 from second to first.
  const weights: [number, number][] = [
    [0.6, 0],
    [1, 0],
    [0.4, 0],
    [-0.8, 0],
    [0.1, 0],
    [0.7, 0],
    [0, 1],
    [0.3, 0.8],
    [0.6, 0.5],
    [1.1, 0.2],
    [1.0, 0],
    [0.8, 0],
  ];
  const samples = new Int16Array(3600 * 12);
  weights.forEach(([a, b], lead) => {
    for (let i = 0; i < 3600; i++)
      samples[i * 12 + lead] = Math.round(200 * (a * first![i]! + b * second![i]!));
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'twelve.dat'), new Uint8Array(samples.buffer));
  const signals = names.map((name) => `twelve.dat 16 200(0)/mV 12 0 0 0 0 ${name}`);
  writeFileSync(join(folder, 'twelve.hea'), ['twelve 12 360 3600', ...signals, ''].join('\n'));
}

test('a recording is seen as a whole, event by event, beat over beat and lead by lead', async ({
  app,
  home,
  start,
}) => {
  const { electron, page } = app;
  await createUser(page);
  await studiesWhenDone(page, sampleNames().length);
  const folder = folderForApp(home, 'twelve');
  await writeTwelveLeads(folder);
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] });
  }, folder);
  await page.evaluate(() => window.kirchhoff.request('studies.open', { kind: 'folder' }));
  await studiesWhenDone(page, sampleNames().length + 1);
  await openStudy(page, 'mitdb-233');

  await test.step('keys go from run to run and back, and say where there is none', async () => {
    await page.keyboard.press('Home');
    const summary = await page.evaluate(
      async (id) => {
        const answer = await window.kirchhoff.request('studies.get', { studyId: id });
        return answer.ok ? answer.value.summary : null;
      },
      (await page.getByRole('main', { name: 'ECG' }).getAttribute('data-study')) ?? '',
    );
    const runs = (summary?.runs ?? []).length;
    expect(runs).toBeGreaterThan(1);
    const places: (string | null)[] = [];
    for (let i = 0; i < runs + 1; i++) {
      await page.keyboard.press('r');
      if (await page.getByText('No run after this.').isVisible()) break;
      await page.waitForTimeout(250);
      places.push(await place(page));
    }
    await expect(page.getByText('No run after this.')).toBeVisible();
    expect(places.length).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Alt+v');
    await expect(page.getByTestId('beat-panel').getByRole('heading')).toContainText('V');
  });
  await pictures(app, 'strip');

  await test.step('a filter of the screen is chosen by key', async () => {
    await page.keyboard.press('h');
    await expect(page.getByRole('button', { name: '0.05–150 Hz' })).toBeVisible();
    for (let i = 0; i < 3; i++) await page.keyboard.press('h');
    await expect(page.getByRole('button', { name: 'As recorded' })).toBeVisible();
  });

  await test.step('the summary leads to a rhythm episode and to a beat of the Poincaré plot', async () => {
    await page.keyboard.press('2');
    const summary = page.getByTestId('summary');
    await expect(summary).toBeVisible();
    await expect(summary.getByRole('heading', { name: 'Intervals of the usual beat' })).toBeVisible();
    await expect(page.getByTestId('rr-histogram')).toHaveAttribute(
      'aria-label',
      /Histogram of [\d,]+ RR intervals/,
    );
    await expectAccessible(page, 'summary');
    await pictures(app, 'summary');
    await summary.getByLabel(/Also sinus rhythm/).check();
    await summary.locator('table button').first().click();
    await expect(page.getByTestId('strip')).toBeVisible();
  });

  await test.step('full disclosure shows every row; Enter and a click lead to the strip', async () => {
    await page.keyboard.press('3');
    const rows = page.getByTestId('disclosure');
    await expect(rows).toBeVisible();
    await expectAccessible(page, 'full disclosure');
    await page.keyboard.press('End');
    const end = await place(page);
    await page.keyboard.press('Home');
    await expect.poll(() => place(page)).not.toBe(end);
    await pictures(app, 'disclosure');
    await rows.click({ position: { x: 300, y: 20 } });
    await expect(page.getByTestId('strip')).toBeVisible();
  });

  await test.step('a template is stepped through, relabelled by one key as one step, and that is undone', async () => {
    await page.keyboard.press('4');
    const list = page.getByTestId('templates');
    await expect(list.locator('[data-template="0"]')).toBeVisible({ timeout: 30_000 });
    const member = page.getByTestId('member');
    await expect(member).toHaveText(/^\d+ of \d+$/);
    const before = await member.textContent();
    await page.keyboard.press('ArrowRight');
    await expect(member).not.toHaveText(before ?? '');
    await expectAccessible(page, 'templates');
    await pictures(app, 'templates');
    await page.keyboard.press('ArrowDown');
    const second = list.locator('[data-template="1"]');
    await expect(second).toHaveAttribute('aria-pressed', 'true');
    const classes = await second.textContent();
    await page.keyboard.press('Shift+q');
    await expect(second).toHaveText(/Q \d+/);
    await expect(second).not.toHaveText(classes ?? '');
    await page.keyboard.press('Control+z');
    await expect(second).toHaveText(classes ?? '');
  });

  await openStudy(page, 'twelve');
  await test.step('twelve leads change their layout by key', async () => {
    await page.getByRole('tab', { name: '12 leads' }).click();
    const leads = page.getByTestId('twelve-lead');
    await expect(leads).toHaveAttribute('aria-label', /3 × 4 \+ 1/);
    await expectAccessible(page, '12 leads');
    await pictures(app, 'twelve');
    await page.keyboard.press('l');
    await expect(leads).toHaveAttribute('aria-label', /6 × 2/);
    await pictures(app, 'twelve-6x2');
    await page.keyboard.press('l');
    await expect(leads).toHaveAttribute('aria-label', /12 × 1/);
    await pictures(app, 'twelve-12x1');
  });

  await test.step('a limit of the median beat is moved by key and pointer, kept, undone and redone', async () => {
    await page.getByRole('tab', { name: 'Median beat' }).click();
    const end = page.getByRole('slider', { name: 'QRS end' });
    await expect(end).toBeVisible();
    const before = Number(await end.getAttribute('aria-valuenow'));
    const qrs = page.getByTestId('yours-qrsMs');
    await expect(qrs).toHaveText('–');
    await end.focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
    await expect(end).toHaveAttribute('aria-valuenow', String(before + 10));
    await expect(end).toContainText('yours');
    await expect(qrs).toHaveText(/^\d+ ms$/);
    const wider = (await qrs.textContent()) ?? '';
    // At rest it is one correction, whatever the number of presses.
    await expect.poll(() => corrections(page)).toBe(1);
    await page.keyboard.press('Control+z');
    await expect(end).toHaveAttribute('aria-valuenow', String(before));
    await expect(qrs).toHaveText('–');
    await page.keyboard.press('Control+Shift+z');
    await expect(qrs).toHaveText(wider);
    // A press that is not at rest yet is undone by itself.
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Control+z');
    await expect(qrs).toHaveText(wider);
    await expect.poll(() => corrections(page)).toBe(1);
    const box = (await page.getByRole('slider', { name: 'T end' }).boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 30, box.y + 200, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => corrections(page)).toBe(2);
    await expect(page.getByTestId('yours-qtMs')).toHaveText(/^\d+ ms$/);
    await page.getByRole('button', { name: /Place P onset/ }).click();
    await expect(page.getByTestId('yours-prMs')).toHaveText(/^\d+ ms$/);
    await expectAccessible(page, 'median beat');
    await pictures(app, 'median');
  });

  await test.step('what the reader measured stands in the summary, outlives a relabelled beat and a restart', async () => {
    await page.getByRole('tab', { name: 'Summary' }).click();
    const row = page.getByRole('row', { name: /^QRS \d+ ms/ });
    const measured = await row.textContent();
    await expect(page.getByRole('columnheader', { name: 'Reader' })).toBeVisible();
    await pictures(app, 'summary-measured');
    await page.getByRole('tab', { name: 'Strip' }).click();
    // On the tab the arrows would change the view.
    await page.getByLabel(/^ECG strip/).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('v');
    await expect.poll(() => corrections(page)).toBe(4);
    await page.getByRole('tab', { name: 'Summary' }).click();
    await expect(row).toHaveText(measured ?? '');
    await app.close();
    const again = await start();
    await again.page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await again.page.keyboard.press('Enter');
    await openStudy(again.page, 'twelve');
    await again.page.getByRole('tab', { name: 'Summary' }).click();
    await expect(again.page.getByRole('row', { name: /^QRS \d+ ms/ })).toHaveText(measured ?? '');
  });
});
