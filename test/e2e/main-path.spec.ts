/** The way of a clinician through the app: from the first start to a confirmed study and its report. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, folderForApp, samplesFolder, test } from './kirchhoff-app.ts';
import { sampleCount } from './steps.ts';

const PASSPHRASE = 'five grey herons wait';

/** No violation of WCAG 2.2 AA that axe can find on what the window shows now. */
async function expectAccessible(page: Page, where: string): Promise<void> {
  // The legacy mode opens no second page, which Electron would not give.
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const found = violations.map(({ id, nodes }) => `${where}: ${id} at ${nodes[0]?.html}`);
  expect(found).toEqual([]);
}

async function createUser(page: Page): Promise<void> {
  await page.getByLabel('Name').fill('Dr Weber');
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('Repeat passphrase').fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Create user' }).click();
}

function selectedLabel(page: Page) {
  return page.getByTestId('beat-panel').getByRole('heading');
}

test('a new user comes from the first start to a confirmed study and its report', async ({ app, home }) => {
  const { page } = app;
  await page.setViewportSize({ width: 1280, height: 800 }).catch(() => undefined);
  const refused: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) refused.push(message.text());
  });

  await test.step('one screen makes the user; the recovery key is shown once', async () => {
    await expectAccessible(page, 'first start');
    await createUser(page);
    const key = (await page.getByTestId('recovery-key').textContent()) ?? '';
    expect(key.length).toBeGreaterThan(20);
    await expectAccessible(page, 'recovery key');
    const proceed = page.getByRole('button', { name: 'Continue' });
    await expect(proceed).toBeDisabled();
    await page.getByLabel('I have written it down').check();
    await proceed.click();
    await expect(page.getByText(key)).toHaveCount(0);
  });

  await test.step('a sample study opens by itself once it is analysed', async () => {
    await expect(page.getByRole('main', { name: 'ECG' })).toBeVisible({ timeout: 90_000 });
    await expect(page.getByTestId('study-status')).toHaveText('Preliminary');
    await expect(page.getByLabel('Signal quality')).toContainText('analysable');
    await expect(page.getByText('Atrial flutter is not told from fibrillation')).toBeVisible();
  });

  await test.step('the worklist shows every sample, each analysed in the end', async () => {
    await page.keyboard.press('Control+1');
    const rows = page.locator('tr[data-study]');
    await expect(rows).toHaveCount(sampleCount(), { timeout: 60_000 });
    await expect(rows.filter({ hasText: 'Preliminary' })).toHaveCount(sampleCount(), { timeout: 90_000 });
    await expectAccessible(page, 'worklist');
    await page.getByLabel('Search the worklist').fill('ventricular-runs');
    await expect(rows).toHaveCount(1);
    await rows.first().focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main', { name: 'ECG' })).toBeVisible();
  });

  const before = page.getByTestId('beat-panel');
  await test.step('a click selects a beat and tells its probabilities', async () => {
    const strip = page.getByTestId('strip');
    await expect(before).toHaveCount(0);
    const box = (await strip.boundingBox())!;
    // Whatever the rate, some beat is nearer than 0.3 s to one of these places.
    for (const seconds of [1.5, 2, 2.5]) {
      await strip.click({ position: { x: 56 + seconds * 100, y: box.height / 2 } });
      if ((await before.count()) > 0) break;
    }
    await expect(before).toContainText('Recommendation');
    await expect(before.getByRole('img', { name: /^N: .* 90 % interval/ })).toBeVisible();
    await expect(before).toContainText('variational posterior');
    await expectAccessible(page, 'ECG with a beat');
  });

  await test.step('keys go to the next ectopic and the next uncertain beat', async () => {
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    await page.keyboard.press('e');
    await expect(selectedLabel(page)).toHaveText(/^[SVF] /);
    const first = await before.textContent();
    await page.keyboard.press('e');
    await expect(before).not.toHaveText(first!);
    await page.keyboard.press('Shift+E');
    await expect(before).toHaveText(first!);
    await page.keyboard.press('Home');
    await page.keyboard.press('u');
    await expect(before.getByText(/Recommendation: (Review|Do not use)/)).toBeVisible();
  });

  await test.step('a beat is relabelled beside what the machine said, and back', async () => {
    const machine = (await selectedLabel(page).textContent())!.trim()[0]!;
    const wanted = machine === 'S' ? 'V' : 'S';
    await page.keyboard.press(wanted.toLowerCase());
    await expect(selectedLabel(page)).toHaveText(new RegExp(`^${wanted} `));
    await expect(before).toContainText(`the machine said ${machine}`);
    await page.keyboard.press('Control+z');
    await expect(selectedLabel(page)).toHaveText(new RegExp(`^${machine} `));
    await page.keyboard.press('Control+Shift+Z');
    await expect(selectedLabel(page)).toHaveText(new RegExp(`^${wanted} `));
  });

  await test.step('a beat is deleted, and added again at the calipers', async () => {
    const total = page.getByLabel('Beats', { exact: true }).getByRole('heading');
    const counted = await total.textContent();
    await page.keyboard.press('Delete');
    await expect(total).not.toHaveText(counted!);
    await page.keyboard.press('Control+z');
    await expect(total).toHaveText(counted!);
  });

  await test.step('provenance names what computed', async () => {
    await page.getByRole('tab', { name: 'Provenance' }).click();
    await expect(page.getByText('pcm-nandakumar-2019')).toBeVisible();
    await expectAccessible(page, 'provenance');
    await page.getByRole('tab', { name: 'Findings' }).click();
  });

  await test.step('the palette finds an action', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search actions' }).fill('confirm');
    await expectAccessible(page, 'palette');
    await page.keyboard.press('Enter');
  });

  await test.step('sign-off confirms the study, and beats are then fixed', async () => {
    await expectAccessible(page, 'sign-off');
    await page.getByRole('button', { name: 'Sign off as Dr Weber' }).click();
    await expect(page.getByTestId('study-status')).toHaveText('Confirmed');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.keyboard.press('n');
    await expect(page.getByText('The study is confirmed. Reopen it to change beats.')).toBeVisible();
  });

  await test.step('the report is written where the user said', async () => {
    const folder = folderForApp(home, 'reports');
    const target = join(folder, 'report.pdf');
    await app.electron.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = async () => ({ canceled: false, filePath });
    }, target);
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'Report as PDF…' }).click();
    await expect(page.getByText(`Saved as ${target}`)).toBeVisible({ timeout: 30_000 });
    expect(existsSync(target)).toBe(true);
    expect(readFileSync(target).subarray(0, 5).toString()).toBe('%PDF-');
  });

  await test.step('a confirmed study is reopened with a reason', async () => {
    await page.getByRole('button', { name: 'Reopen…' }).click();
    await page.getByLabel('Reason').fill('One beat is in doubt');
    await page.getByRole('button', { name: 'Reopen', exact: true }).click();
    await expect(page.getByTestId('study-status')).toHaveText('Preliminary');
  });

  await test.step('the audit log holds it all, unbroken', async () => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Verify the chain' }).click();
    await expect(page.getByText(/rows, unbroken/)).toBeVisible();
    await expect(page.getByText('One beat is in doubt')).toBeVisible();
    await expectAccessible(page, 'settings');
  });

  await test.step('the same holds in the dark', async () => {
    await page.getByText('Dark', { exact: true }).click();
    await expectAccessible(page, 'settings in the dark');
    await page.keyboard.press('Control+1');
    await expectAccessible(page, 'worklist in the dark');
    await page.keyboard.press('Control+2');
    await expect(page.getByTestId('strip')).toBeVisible();
    await page.keyboard.press('e');
    await expect(before).toBeVisible();
    await expectAccessible(page, 'ECG in the dark');
  });

  await test.step('a window that was loaded again shows the same study', async () => {
    const study = await page.getByRole('main', { name: 'ECG' }).getAttribute('data-study');
    await page.reload();
    await expect(page.locator(`main[data-study="${study}"]`)).toBeVisible();
  });

  await test.step('what is dropped again is told to be there, with the way to it', async () => {
    const cdp = await page.context().newCDPSession(page);
    const data = { items: [], files: [samplesFolder()], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver'] as const) {
      await cdp.send('Input.dispatchDragEvent', { type, x: 600, y: 400, data });
    }
    await expect(page.getByText('Drop to import')).toBeVisible();
    await cdp.send('Input.dispatchDragEvent', { type: 'drop', x: 600, y: 400, data });
    const jobs = page.getByRole('region', { name: 'Jobs' });
    await expect(jobs.getByText('was imported before.')).toHaveCount(sampleCount(), {
      timeout: 60_000,
    });
    await expectAccessible(page, 'job tray');
    await jobs.getByRole('listitem').filter({ hasText: '232-pauses' }).getByRole('button').click();
    await expect(page.getByRole('heading', { name: /232-pauses/ })).toBeVisible();
    await jobs.getByRole('button', { name: 'Close' }).click();
    await expect(jobs).toHaveCount(0);
  });

  await test.step('the lock hides everything; the passphrase opens it at the same place', async () => {
    await page.keyboard.press('Control+2');
    await expect(page.getByRole('main', { name: 'ECG' })).toBeVisible();
    await page.keyboard.press('Control+l');
    await expect(page.locator('[data-app-state="locked"]')).toBeAttached();
    await expectAccessible(page, 'unlock');
    await page.getByLabel('Passphrase', { exact: true }).fill('not the passphrase');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.getByRole('button', { name: 'Unlock' }).click();
    await expect(page.getByRole('main', { name: 'ECG' })).toBeVisible();
  });

  expect(refused).toEqual([]);
});
