/** What a clinician does beside the main path: added beats, imports that are bad, refused or stopped, other settings. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, folderForApp, type RunningApp, samplesFolder, test } from './kirchhoff-app.ts';
import { createUser, sampleCount, sampleNames, studiesWhenDone } from './steps.ts';

function sampleWith(word: string): string {
  const name = sampleNames().find((candidate) => candidate.includes(word));
  if (name === undefined) throw new Error(`There is no sample with ${word} in its name.`);
  return name;
}

/** A sample's signal, changed in one byte so that it is another content, under a name and header of the test's. */
function writeRecord(
  folder: string,
  name: string,
  change: (header: string) => string = (same) => same,
): void {
  const from = sampleWith('premature');
  mkdirSync(folder, { recursive: true });
  const header = readFileSync(join(samplesFolder(), `${from}.hea`), 'utf8').replaceAll(from, name);
  writeFileSync(join(folder, `${name}.hea`), change(header));
  const signal = readFileSync(join(samplesFolder(), `${from}.dat`));
  signal[3 * name.length] = signal[3 * name.length]! ^ 1;
  writeFileSync(join(folder, `${name}.dat`), signal);
}

/** Chooses a folder in the open dialog, which the test stands in for. */
async function openFolder({ electron, page }: RunningApp, folder: string): Promise<void> {
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] });
  }, folder);
  const answer = await page.evaluate(() => window.kirchhoff.request('studies.open', { kind: 'folder' }));
  expect(answer.ok).toBe(true);
}

async function openStudy(page: Page, record: string): Promise<void> {
  await page.keyboard.press('Control+1');
  await page.locator('tr[data-study]').filter({ hasText: record }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: new RegExp(record) })).toBeVisible();
}

async function samplesDone(page: Page): Promise<void> {
  await createUser(page);
  await studiesWhenDone(page, sampleNames().length);
}

test('a deleted beat is added again on its R peak, takes a class from a key, and all is undone', async ({
  page,
}) => {
  await samplesDone(page);
  await openStudy(page, sampleWith('ventricular-runs'));
  const studyId = (await page.getByRole('main', { name: 'ECG' }).getAttribute('data-study')) ?? '';
  const samples = () =>
    page.evaluate(async (id) => {
      const answer = await window.kirchhoff.request('beats.get', { studyId: id });
      return answer.ok ? [...answer.value.sample] : [];
    }, studyId);
  const panel = page.getByTestId('beat-panel');
  const before = await samples();
  // The calipers stand on the selected beat: there the beat is added after it was deleted.
  await page.keyboard.press('Home');
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
  await expect(panel).toBeVisible();
  await page.keyboard.press('c');

  await test.step('beside a beat that is there, it is refused and said where', async () => {
    await page.keyboard.press('a');
    await expect(page.getByRole('alert')).toContainText('A beat less than 200 ms away exists');
    expect(await samples()).toEqual(before);
  });
  await test.step('where it was deleted it is added, selected and labelled', async () => {
    await page.keyboard.press('Delete');
    await expect.poll(async () => (await samples()).length).toBe(before.length - 1);
    await page.keyboard.press('a');
    await expect(panel.getByRole('heading')).toHaveText(/^N /);
    const after = await samples();
    expect(after).toHaveLength(before.length);
    const moved = after.filter((sample) => !before.includes(sample));
    for (const sample of moved) {
      expect(Math.min(...before.map((other) => Math.abs(other - sample)))).toBeLessThanOrEqual(4);
    }
    await page.keyboard.press('v');
    await expect(panel.getByRole('heading')).toHaveText(/^V /);
  });
  await test.step('undo takes back label, beat and deletion', async () => {
    for (let i = 0; i < 3; i++) {
      await page.keyboard.press('Control+z');
      await expect(page.getByRole('alert')).toHaveCount(0);
    }
    await expect.poll(samples).toEqual(before);
  });
});

test('one bad file of a folder is named with its place; a paced record is refused with the reason', async ({
  app,
  home,
}) => {
  const { page, electron } = app;
  await samplesDone(page);
  const folder = folderForApp(home, 'given');
  writeRecord(folder, 'whole');
  writeRecord(folder, 'paced-record', (header) => `${header.trimEnd()}\n# Paced rhythm, pacemaker\n`);
  writeRecord(folder, 'cut');
  const cut = readFileSync(join(folder, 'cut.dat'));
  writeFileSync(join(folder, 'cut.dat'), cut.subarray(0, 1001));
  writeRecord(folder, 'lying', (header) => header.replace(' 360 ', ' never '));
  copyFileSync(join(folder, 'whole.dat'), join(folder, 'stray.dat'));
  await page.keyboard.press('Control+1');
  await openFolder(app, folder);

  const jobs = page.getByRole('region', { name: 'Jobs' });
  await expect(jobs.getByText('cut.dat')).toBeVisible({ timeout: 60_000 });
  await expect(jobs.getByText(/lying\.hea line 1/)).toBeVisible({ timeout: 60_000 });
  const studies = await studiesWhenDone(page, sampleNames().length + 2);
  expect(studies.map(({ recordName }) => recordName)).toEqual(
    [...sampleNames(), 'paced-record', 'whole'].sort(),
  );
  expect(studies.find(({ recordName }) => recordName === 'whole')?.status).toBe('preliminary');
  const paced = studies.find(({ recordName }) => recordName === 'paced-record');
  expect(paced?.status).toBe('refused');

  await openStudy(page, 'paced-record');
  await expect(page.getByTestId('study-status')).toHaveText('Refused');
  await expect(page.getByLabel('Inspector')).toContainText('comments tell of a pacemaker');
  const title = () => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle());
  expect(await title()).toBe('Kirchhoff');
});

test('a study is analysed with other device settings, then removed with a reason', async ({ page }) => {
  await samplesDone(page);
  const record = sampleWith('premature');
  await openStudy(page, record);
  const studyId = (await page.getByRole('main', { name: 'ECG' }).getAttribute('data-study')) ?? '';
  await test.step('a month after programming, without compensation', async () => {
    const device = { driftSeconds: 2_592_000, driftCompensation: false, programmingSeed: 5, samples: 8 };
    const answer = await page.evaluate((input) => window.kirchhoff.request('studies.reanalyse', input), {
      studyId,
      device,
    });
    expect(answer.ok).toBe(true);
    await page.getByRole('tab', { name: 'Provenance' }).click();
    const computation = page.getByRole('region', { name: 'Computation' });
    await expect(computation).toContainText('2,592,000 s', { timeout: 60_000 });
    await expect(computation.getByText('off')).toBeVisible();
    await expect(computation).toContainText('8 (variational posterior)');
  });
  await test.step('removal asks why, and the audit log keeps it', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search actions' }).fill('remove the study');
    await page.keyboard.press('Enter');
    const remove = page.getByRole('dialog').getByRole('button', { name: 'Remove' });
    await expect(remove).toBeDisabled();
    await page.getByLabel('Reason').fill('Recorded for practice');
    await remove.click();
    await expect(page.locator('tr[data-study]')).toHaveCount(sampleCount() - 1);
    await expect(page.locator('tr[data-study]').filter({ hasText: record })).toHaveCount(0);
    await page.getByRole('button', { name: 'Settings' }).click();
    await expect(page.getByText('Recorded for practice')).toBeVisible();
  });
});

test('an import that is cancelled stops, and keeps what was done whole', async ({ app, home }) => {
  const { page } = app;
  await samplesDone(page);
  const folder = folderForApp(home, 'many');
  const names = Array.from({ length: 40 }, (_, i) => `record-${'x'.repeat(i)}`);
  for (const name of names) writeRecord(folder, name);
  await page.keyboard.press('Control+1');
  await openFolder(app, folder);
  const jobs = page.getByRole('region', { name: 'Jobs' });
  await jobs.getByRole('button', { name: 'Cancel' }).click();
  await expect(jobs.locator('[data-job-state="cancelled"]')).toBeVisible();
  const answer = await page.evaluate(() => window.kirchhoff.request('studies.list', {}));
  const studies = answer.ok ? answer.value : [];
  expect(studies.length).toBeLessThan(sampleNames().length + names.length);
  // The one that was stopped says so and can be analysed again.
  for (const { status } of studies) expect(['preliminary', 'failed']).toContain(status);
  expect(studies.filter(({ status }) => status === 'failed').length).toBeLessThanOrEqual(1);
});
