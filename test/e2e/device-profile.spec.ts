/** A device profile of the user's own in the real app: imported, refused by its field, damaged on disk. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from '@playwright/test';
import { expect, folderForApp, test } from './kirchhoff-app.ts';
import { createUser, PASSPHRASE, sampleNames, studiesWhenDone } from './steps.ts';

/** The profile that the documentation writes out in full. */
function documentedExample(): Record<string, unknown> {
  const page = readFileSync(new URL('../../docs/device-profiles.md', import.meta.url), 'utf8');
  return JSON.parse(/```json\n([\s\S]+?)\n```/.exec(page)![1]!) as Record<string, unknown>;
}

async function importFile(electron: ElectronApplication, page: Page, path: string): Promise<void> {
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] });
  }, path);
  await page.getByRole('button', { name: 'Import profile…' }).click();
}

test('a profile written from the documentation is chosen; bad ones are named and the last good one goes on', async ({
  start,
  home,
}) => {
  const { page, electron, close } = await start();
  await createUser(page);
  await studiesWhenDone(page, sampleNames().length);
  await page.keyboard.press('Control+4');
  const chosen = page.getByRole('combobox', { name: 'Device profile' });
  await expect(page.locator('figure canvas')).toHaveCount(3);
  const file = join(folderForApp(home, 'profiles'), 'my-array.json');
  const write = (change: object) => {
    writeFileSync(file, JSON.stringify({ ...documentedExample(), ...change }));
    chmodSync(file, 0o644);
  };

  await test.step('the example of the documentation', async () => {
    write({});
    await importFile(electron, page, file);
    await expect(chosen).toHaveValue('An example');
    await expect(page.getByRole('heading', { name: 'An example' })).toBeVisible();
    await expect(page.getByRole('alert')).toHaveCount(0);
  });

  await test.step('one with a wrong field: named, and the lab goes on with the one before', async () => {
    write({ gMaxMicroSiemens: -50 });
    await importFile(electron, page, file);
    await expect(page.getByRole('alert')).toContainText('my-array.json field gMaxMicroSiemens');
    await expect(chosen).toHaveValue('An example');
    await expect(page.locator('figure canvas')).toHaveCount(3);
    await page.getByLabel('Programming seed').fill('7');
    await expect(page.getByText('of conductance left')).toBeVisible();
  });

  await test.step('one that is no profile at all', async () => {
    writeFileSync(file, 'conductance = 50');
    await importFile(electron, page, file);
    await expect(page.getByRole('alert')).toContainText('not JSON');
    await expect(chosen).toHaveValue('An example');
  });

  await close();
  const stored = join(home, 'data', 'device-profiles', 'my-array.json');
  writeFileSync(stored, readFileSync(stored, 'utf8').replace('"my-array"', '"my array"'));

  await test.step('one that turned bad on disk between two starts goes on as it was imported', async () => {
    const again = await start();
    await again.page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await again.page.getByRole('button', { name: 'Unlock' }).click();
    await expect(again.page.getByRole('main', { name: 'Worklist' })).toBeVisible();
    await again.page.keyboard.press('Control+4');
    await expect(again.page.getByRole('alert')).toContainText('my-array.json field name');
    await expect(again.page.getByRole('alert')).toContainText('as it was imported last');
    await again.page.getByRole('combobox', { name: 'Device profile' }).click();
    await again.page.getByRole('option', { name: 'An example' }).click();
    await expect(again.page.getByRole('heading', { name: 'An example' })).toBeVisible();
    await expect(again.page.locator('figure canvas')).toHaveCount(3);
  });
});
