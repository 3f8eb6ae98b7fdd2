/** Marks and notes that came with a recording: read from its file, kept, shown, gone to by key. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { writeEdf } from '../../src/ecg/formats/edf/write-edf.ts';
import { readRecord } from '../../src/service/read-record.ts';
import { findRecords } from '../../src/service/record-files.ts';
import { expect, folderForApp, samplesFolder, test } from './kirchhoff-app.ts';
import { createUser, sampleNames, studiesWhenDone } from './steps.ts';

test('the marks of an EDF+ file are listed by kind, lead to their places and are gone to by key', async ({
  app,
  home,
}) => {
  const { electron, page } = app;
  await createUser(page);
  await studiesWhenDone(page, sampleNames().length);
  const { records } = await findRecords([join(samplesFolder(), 'mitdb-100-premature-beats.hea')]);
  const { recording } = readRecord(records[0]!);
  const seconds = recording.lengthSamples / recording.samplingRateHz;
  const events = [
    { atSeconds: 4, durationSeconds: null, text: 'Recording starts' },
    { atSeconds: seconds * 0.4, durationSeconds: 6, text: 'climbed the stairs, short of breath' },
    { atSeconds: seconds * 0.6, durationSeconds: null, text: 'Patient event' },
    { atSeconds: seconds * 0.8, durationSeconds: null, text: 'Patient event' },
  ];
  const folder = folderForApp(home, 'diary');
  // Another gain, or it would be the same content as the sample's.
  const leads = recording.leads.map((lead) => ({
    ...lead,
    millivolts: lead.millivolts.map((mv) => mv * 0.9),
  }));
  writeFileSync(join(folder, 'diary.edf'), writeEdf({ ...recording, recordName: 'diary', leads, events }));
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] });
  }, folder);
  await page.evaluate(() => window.kirchhoff.request('studies.open', { kind: 'folder' }));
  await studiesWhenDone(page, sampleNames().length + 1);
  await page.keyboard.press('Control+1');
  await page.locator('tr[data-study]').filter({ hasText: 'diary' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('strip')).toBeVisible();

  const at = () =>
    page.evaluate(() => {
      const [from = '', to = ''] =
        document.querySelector('[data-testid="overview"]')?.getAttribute('aria-valuetext')?.split(' to ') ??
        [];
      const of = (time: string) => time.split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
      return (of(from) + of(to)) / 2;
    });
  await page.getByLabel(/^ECG strip/).focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('b');
  await expect.poll(async () => Math.abs((await at()) - seconds * 0.6)).toBeLessThan(3);
  await page.keyboard.press('b');
  await expect.poll(async () => Math.abs((await at()) - seconds * 0.8)).toBeLessThan(3);
  await page.keyboard.press('b');
  await expect(page.getByText('No mark of the patient after this.')).toBeVisible();
  await page.keyboard.press('Shift+m');
  await expect.poll(async () => Math.abs((await at()) - seconds * 0.6)).toBeLessThan(3);

  await page.getByRole('tab', { name: 'Marks' }).click();
  const list = page.getByTestId('recorded-events');
  await expect(list.getByRole('button')).toHaveCount(4);
  await page.getByText('Note 1').click();
  await expect(list.getByRole('button')).toHaveCount(1);
  await list.getByRole('button', { name: /climbed the stairs/ }).click();
  await expect.poll(async () => Math.abs((await at()) - (seconds * 0.4 + 3))).toBeLessThan(4);
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode(true)
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => `${id} at ${nodes[0]?.html}`)).toEqual([]);
  if (process.env.KIRCHHOFF_PICTURES !== undefined) {
    await page.screenshot({ path: join(process.env.KIRCHHOFF_PICTURES, 'marks-strip.png') });
    await page.getByRole('tab', { name: 'Full disclosure' }).click();
    await page.waitForTimeout(800);
    await page.screenshot({ path: join(process.env.KIRCHHOFF_PICTURES, 'marks-disclosure.png') });
  }
});
