/** The whole path of a clinician under a trace of all network calls, and what a restart and the lock keep. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from '@playwright/test';
import { expect, folderForApp, samplesFolder, test } from './kirchhoff-app.ts';
import { readNetworkTrace } from './network-trace.ts';
import { createUser, PASSPHRASE, sampleCount, sampleNames, studiesWhenDone } from './steps.ts';

/** The next save dialog is answered with `path`, without being shown. */
function saveAs(electron: ElectronApplication, path: string): Promise<void> {
  return electron.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = (async () => ({ canceled: false, filePath })) as typeof dialog.showSaveDialog;
  }, path);
}

async function exportReport(page: Page, item: string, path: string): Promise<Buffer> {
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: item }).click();
  await expect(page.getByText(`Saved as ${path}`)).toBeVisible({ timeout: 60_000 });
  return readFileSync(path);
}

test('from the first start to a signed report, with nothing sent beyond this machine', async ({
  start,
  home,
}) => {
  test.setTimeout(300_000);
  const networkTrace = join(home, 'network.trace');
  const { electron, page, close } = await start({ networkTrace });

  await createUser(page);
  const studies = await studiesWhenDone(page, sampleNames().length);
  expect(studies.map(({ recordName }) => recordName).sort()).toEqual(sampleNames());
  expect(studies.map(({ status }) => status)).not.toContain('failed');

  await page.keyboard.press('Control+1');
  await expect(page.locator('tr[data-study]')).toHaveCount(sampleCount(), { timeout: 60_000 });
  const study = studies.find(({ status }) => status === 'preliminary');
  if (study === undefined) throw new Error('No sample was analysed.');
  await page.locator(`tr[data-study="${study.id}"]`).click();
  await expect(page.getByTestId('study-status')).toContainText(/preliminary/i);
  await expect(page.locator('canvas').first()).toBeVisible();

  // A beat is looked at, relabelled, and put back.
  await page.keyboard.press('ArrowRight');
  const panel = page.getByTestId('beat-panel');
  await expect(panel).toContainText(/Aleatoric/);
  await expect(panel).toContainText(/Epistemic/);
  await panel.getByRole('button', { name: /^Label F/ }).click();
  await expect(panel).toContainText('Relabelled by a clinician');
  await page.keyboard.press('Control+z');
  await expect(panel).not.toContainText('Relabelled by a clinician');
  await panel.getByRole('button', { name: /^Label S/ }).click();
  await expect(panel).toContainText('Relabelled by a clinician');

  // Signed, and exported in each form.
  await page.getByRole('button', { name: 'Confirm…' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Sign off/ })
    .click();
  await expect(page.getByTestId('study-status')).toContainText(/confirmed/i);
  const exports = folderForApp(home, 'exports');
  for (const [item, extension] of [
    ['Report as PDF…', 'pdf'],
    ['Report as JSON…', 'json'],
    ['Beats as WFDB annotations…', 'kir'],
  ] as const) {
    const path = join(exports, `report.${extension}`);
    await saveAs(electron, path);
    const bytes = await exportReport(page, item, path);
    if (extension === 'pdf') expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    if (extension === 'json')
      expect(JSON.stringify(JSON.parse(bytes.toString('utf8')))).toContain(study.recordName);
    expect(bytes.length).toBeGreaterThan(100);
  }

  // The same recordings once more are told to be there already.
  await page.keyboard.press('Control+1');
  const again = await page.evaluate(
    (folder) => window.kirchhoff.request('studies.import', { paths: [folder] }),
    samplesFolder(),
  );
  expect(again.ok).toBe(true);
  await expect(page.getByText('was imported before').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('tr[data-study]')).toHaveCount(sampleCount(), { timeout: 60_000 });

  // Locked, nothing is shown or answered; unlocked, all is as it was.
  await page.keyboard.press('Control+l');
  await expect(page.getByRole('heading', { name: 'Unlock' })).toBeVisible();
  const refusal = await page.evaluate(() => window.kirchhoff.request('studies.list', {}));
  expect(refusal).toMatchObject({ ok: false, error: { code: 'locked' } });
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(page.locator(`tr[data-study="${study.id}"]`)).toContainText(/confirmed/i);
  const audit = await page.evaluate(() => window.kirchhoff.request('audit.verify', {}));
  expect(audit).toMatchObject({ ok: true, value: { brokenAtSequence: null } });
  await close();

  const trace = readNetworkTrace(networkTrace);
  expect(trace.tasks).toBeGreaterThan(3);
  expect(trace.local).toBeGreaterThan(0);
  expect(trace.outside).toEqual([]);
});

test('what was saved is there after a restart, behind the passphrase', async ({ start }) => {
  test.setTimeout(180_000);
  const first = await start();
  await createUser(first.page);
  const before = await studiesWhenDone(first.page, sampleNames().length);
  await first.close();

  const { page } = await start();
  await expect(page.getByRole('heading', { name: 'Unlock' })).toBeVisible();
  const field = page.getByLabel('Passphrase', { exact: true });
  await field.fill('not the passphrase');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(field).toHaveValue('');
  await expect(page.getByRole('heading', { name: 'Unlock' })).toBeVisible();
  await field.fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Unlock' }).click();
  const after = await studiesWhenDone(page, before.length);
  expect(after).toEqual(before);
});
