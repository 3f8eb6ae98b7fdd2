/** A text file that does not tell what its columns are: the dialog that asks, what it refuses, and the study it gives. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { readRecord } from '../../src/service/read-record.ts';
import { findRecords } from '../../src/service/record-files.ts';
import { expect, folderForApp, samplesFolder, test } from './kirchhoff-app.ts';
import { createUser, sampleNames, studiesWhenDone } from './steps.ts';

test('columns of a text file are named by the user, with nothing taken for granted', async ({
  app,
  home,
}) => {
  const { electron, page } = app;
  await createUser(page);
  await studiesWhenDone(page, sampleNames().length);
  const { records } = await findRecords([join(samplesFolder(), 'mitdb-100-premature-beats.hea')]);
  const { recording } = readRecord(records[0]!);
  const [first, second] = recording.leads.map(({ millivolts }) => millivolts.subarray(0, 7200));
  const rows = Array.from(first!, (value, i) => `${i};${value.toFixed(3)};${second![i]!.toFixed(3)};0`);
  const path = join(folderForApp(home, 'text'), 'recorder.csv');
  writeFileSync(path, ['no;a;b;flag', ...rows, ''].join('\n'));
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] });
  }, path);
  await page.evaluate(() => window.kirchhoff.request('studies.open', { kind: 'files' }));
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('recorder.csv')).toBeVisible({ timeout: 30_000 });
  const picture = async (name: string) => {
    const folder = process.env.KIRCHHOFF_PICTURES;
    if (folder === undefined) return;
    await page.waitForTimeout(600);
    await page.screenshot({ path: join(folder, `${name}.png`) });
  };
  await picture('columns');
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id} at ${nodes[0]?.html}`)).toEqual([]);

  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog.getByText('Choose a unit.').first()).toBeVisible();
  await picture('columns-faults');
  const choose = async (label: string, option: string) => {
    await dialog.getByRole('combobox', { name: label }).click();
    await page.getByRole('option', { name: option, exact: true }).click();
  };
  await choose('Unit of the samples', 'mV');
  for (const [column, name] of [
    [2, 'II'],
    [3, 'V5'],
  ] as const) {
    await choose(`Column ${column}`, 'Lead');
    await dialog.getByRole('textbox', { name: `Name of lead in column ${column}` }).fill(name);
  }
  for (const column of [1, 4]) await choose(`Column ${column}`, 'Leave out');
  await dialog.getByRole('textbox', { name: 'Rows a second (Hz)' }).fill('360');
  await picture('columns-filled');
  await dialog.getByRole('button', { name: 'Import' }).click();
  await expect(dialog).toHaveCount(0);
  const studies = await studiesWhenDone(page, sampleNames().length + 1);
  expect(studies.find(({ recordName }) => recordName.startsWith('recorder'))).toMatchObject({
    leads: ['II', 'V5'],
    durationSeconds: 20,
  });
});
