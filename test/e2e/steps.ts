/** Steps that several end-to-end tests take. */
import { readdirSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { StudyRow } from '../../src/contract/study.ts';
import { expect, samplesFolder } from './kirchhoff-app.ts';

export const USER = 'Dr. Test';
export const PASSPHRASE = 'correct horse battery';

/** Names of the bundled records, in order. */
export function sampleNames(): string[] {
  return readdirSync(samplesFolder())
    .filter((name) => name.endsWith('.hea'))
    .map((name) => name.slice(0, -'.hea'.length))
    .sort();
}

/** Names of the bundled films, in order. */
export function sampleFilmNames(): string[] {
  return readdirSync(samplesFolder())
    .filter((name) => name.endsWith('.jpeg'))
    .sort();
}

/** Rows of the worklist once all samples are in. */
export function sampleCount(): number {
  return sampleNames().length + sampleFilmNames().length;
}

/** First start: the user, the recovery key; the import of the samples begins by itself. */
export async function createUser(page: Page): Promise<void> {
  await page.getByLabel('Name').fill(USER);
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('Repeat passphrase').fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Create user' }).click();
  await expect(page.getByTestId('recovery-key')).toHaveText(/\S{8,}/, { timeout: 30_000 });
  await page.getByLabel('I have written it down').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByTestId('recovery-key')).toHaveCount(0);
}

/**
 * The recordings, once there are `count` of them, none is still worked on and no job is left, the sample films' neither;
 * in order of record name.
 */
export async function studiesWhenDone(page: Page, count: number): Promise<StudyRow[]> {
  let studies: StudyRow[] = [];
  await expect
    .poll(
      async () => {
        const answer = await page.evaluate(() => window.kirchhoff.request('studies.list', {}));
        studies = answer.ok ? answer.value : [];
        const jobs = await page.evaluate(() => window.kirchhoff.request('jobs.list', {}));
        if (jobs.ok && jobs.value.some(({ state }) => state === 'queued' || state === 'running')) return -1;
        return studies.filter(({ status }) => status !== 'queued' && status !== 'analysing').length;
      },
      { timeout: 120_000 },
    )
    .toBe(count);
  return studies.toSorted((a, b) => (a.recordName < b.recordName ? -1 : 1));
}
