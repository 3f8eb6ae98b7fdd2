/** Where a patient's data are, and are not, after the app has worked with them. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, folderForApp, samplesFolder, test } from './kirchhoff-app.ts';
import { createUser, sampleNames, studiesWhenDone } from './steps.ts';

const RECORD = 'Vogelsang-4711';
const RAW_BYTES = 64;

/** A sample under another name, which stands for the patient's. */
function namedRecord(folder: string): { header: string; signal: Buffer } {
  const from = samplesFolder();
  const [name] = sampleNames();
  if (name === undefined) throw new Error('There are no samples.');
  mkdirSync(folder, { recursive: true });
  const header = readFileSync(join(from, `${name}.hea`), 'utf8').replaceAll(name, RECORD);
  writeFileSync(join(folder, `${RECORD}.hea`), header);
  copyFileSync(join(from, `${name}.dat`), join(folder, `${RECORD}.dat`));
  return { header: join(folder, `${RECORD}.hea`), signal: readFileSync(join(from, `${name}.dat`)) };
}

/** Gives the page files as a drop would, and lets it import them. */
async function importAsDropped(page: Page, paths: string[]): Promise<unknown> {
  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.id = 'dropped';
    document.body.append(input);
  });
  await page.locator('#dropped').setInputFiles(paths);
  return page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('#dropped');
    const answer = await window.kirchhoff.importDropped([...(input?.files ?? [])]);
    input?.remove();
    return answer;
  });
}

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Spots in the middle of the signal that are not all one value. */
function spots(signal: Buffer): Buffer[] {
  return [0.2, 0.4, 0.6, 0.8]
    .map((part) => signal.subarray(Math.floor(part * signal.length)).subarray(0, RAW_BYTES))
    .filter((spot) => new Set(spot).size > 8);
}

test('no file that the app leaves holds the name or raw samples', async ({ start, home }) => {
  const { page, close } = await start();
  const outside = folderForApp(home, 'given');
  const { header, signal } = namedRecord(outside);
  await createUser(page);
  // The content is a sample's, and would be told to be there already.
  const samples = await studiesWhenDone(page, sampleNames().length);
  const sample = samples.find(({ recordName }) => recordName === sampleNames()[0]);
  const removal = await page.evaluate(
    (studyId) => window.kirchhoff.request('studies.remove', { studyId, reason: 'Given again under a name' }),
    sample?.id ?? '',
  );
  expect(removal).toMatchObject({ ok: true });
  expect(await importAsDropped(page, [header, header.replace(/hea$/, 'dat')])).toMatchObject({ ok: true });
  const studies = await studiesWhenDone(page, samples.length);
  const study = studies.find(({ recordName }) => recordName === RECORD);
  expect(study?.status).toBe('preliminary');
  await page.keyboard.press('Control+1');
  await page.locator(`tr[data-study="${study?.id}"]`).click();
  await expect(page.locator('canvas').first()).toBeVisible();
  await expect(page.getByText(RECORD).first()).toBeVisible();
  await page.waitForTimeout(1_000);

  const places = spots(signal);
  expect(places.length).toBeGreaterThan(1);
  expect(readFileSync(header, 'utf8')).toContain(RECORD);
  const needles = [Buffer.from(RECORD), Buffer.from(RECORD, 'utf16le'), ...places];
  const holding = () =>
    filesUnder(home)
      .filter((file) => !file.startsWith(outside))
      .filter((file) => {
        const bytes = readFileSync(file);
        return needles.some((needle) => bytes.includes(needle));
      });
  expect(holding()).toEqual([]);
  await close();
  expect(filesUnder(join(home, 'data')).some((file) => statSync(file).size > 10_000)).toBe(true);
  expect(holding()).toEqual([]);
});

test('a broken recording is told with its place, and nothing of it is kept', async ({ start, home }) => {
  const { page } = await start();
  const given = folderForApp(home, 'given');
  const { header } = namedRecord(given);
  const data = header.replace(/hea$/, 'dat');
  writeFileSync(data, readFileSync(data).subarray(0, 1_000));
  await createUser(page);
  expect(await importAsDropped(page, [header, data])).toMatchObject({ ok: true });
  await expect(page.getByRole('region', { name: 'Jobs' })).toContainText(`${RECORD}.dat`, {
    timeout: 90_000,
  });
  const studies = await studiesWhenDone(page, sampleNames().length);
  expect(studies.map(({ recordName }) => recordName)).toEqual(sampleNames());
});
