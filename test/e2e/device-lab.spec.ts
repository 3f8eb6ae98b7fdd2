/** The device lab of the real app: conductances, time, compensation, costs, export. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, folderForApp, test } from './kirchhoff-app.ts';
import { createUser, sampleNames, studiesWhenDone } from './steps.ts';

test('the lab shows the array, lets time pass over it and writes its figures', async ({ app, home }) => {
  const { page, electron } = app;
  await createUser(page);
  // The samples are analysed first: the lab would wait for a thread.
  await studiesWhenDone(page, sampleNames().length);
  await page.keyboard.press('Control+4');
  await expect(page.getByRole('heading', { name: 'Device lab' })).toBeVisible();
  const maps = page.locator('figure canvas');
  await expect(maps).toHaveCount(3);

  await test.step('ten years take conductance away; compensation is a switch', async () => {
    const left = page.getByText('of conductance left');
    const day = Number.parseFloat((await left.textContent()) ?? '');
    await page.getByRole('slider', { name: 'Time since programming' }).focus();
    await page.keyboard.press('End');
    await expect(page.locator('strong', { hasText: '10 years' })).toBeVisible();
    await expect.poll(async () => Number.parseFloat((await left.textContent()) ?? '')).toBeLessThan(day - 5);
    await page.getByRole('switch', { name: 'Drift compensation' }).press('Space');
    await expect(page.getByRole('switch', { name: 'Drift compensation' })).not.toBeChecked();
  });

  await test.step('a source of noise is switched off, and the doubt of the model with it', async () => {
    const doubt = page.locator('fieldset dl > div').filter({ hasText: 'Epistemic' }).locator('dd');
    await expect(doubt).toBeVisible();
    await page.getByRole('switch', { name: 'Read noise' }).press('Space');
    await expect(doubt).toHaveText('0.000');
  });

  await test.step('what each source of noise costs is shown, and measured anew under these settings', async () => {
    const costs = page.getByRole('region', { name: 'What the noise costs' });
    await expect(costs.getByRole('row', { name: /drift only, not compensated/ })).toBeVisible();
    await costs.getByRole('button', { name: 'Measure under these settings' }).click();
    await expect(costs.getByText(/10 years after programming/)).toBeVisible({ timeout: 90_000 });
  });

  await test.step('the ideal profile has no programming error', async () => {
    await page.getByRole('combobox', { name: 'Device profile' }).click();
    await page.getByRole('option', { name: /ideal/i }).click();
    await expect(page.getByText(/sd 0\.000/)).toBeVisible();
  });

  await test.step('the figures are written where the user puts them', async () => {
    const path = join(folderForApp(home, 'out'), 'figures.json');
    await electron.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = async () => ({ canceled: false, filePath });
    }, path);
    await page.keyboard.press('Control+e');
    await expect(page.getByText(/^Saved as/)).toBeVisible();
    const figures = JSON.parse(readFileSync(path, 'utf8')) as { model: string; tiles: unknown[] };
    expect(figures.model).toBe('ecg-beats');
    expect(figures.tiles.length).toBeGreaterThan(3);
  });
});
