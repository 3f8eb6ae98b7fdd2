/** Reports, documents and waveforms that stand in a study beside its films, each in its own view. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PdfDocument from 'pdfkit';
import { dicomPdf, dicomReport, dicomWaveform } from '../dicom-documents.ts';
import { dicomFilm } from '../dicom-film.ts';
import { expect, folderForApp, test } from './kirchhoff-app.ts';
import { createUser, sampleCount } from './steps.ts';

async function pdfOf(line: string): Promise<Uint8Array> {
  const document = new PdfDocument({ size: 'A4' });
  const parts: Buffer[] = [];
  document.on('data', (part: Buffer) => parts.push(part));
  const ended = new Promise((done) => document.on('end', done));
  document.fontSize(24).text(line);
  document.end();
  await ended;
  return Buffer.concat(parts);
}

test('the report, the letter and the ECG of a study open beside its film', async ({ app, home }) => {
  const { electron, page } = app;
  const folder = folderForApp(home, 'study');
  mkdirSync(folder, { recursive: true });
  const studyUid = '2.25.61';
  writeFileSync(join(folder, 'film.dcm'), dicomFilm({ studyUid }));
  writeFileSync(
    join(folder, 'report.dcm'),
    dicomReport({ studyUid, number: 2 }, 'Shadow beside the right hilum.'),
  );
  writeFileSync(
    join(folder, 'letter.dcm'),
    dicomPdf({ studyUid, number: 3 }, 'Referral letter', await pdfOf('Cough for three days')),
  );
  writeFileSync(join(folder, 'ecg.dcm'), dicomWaveform({ studyUid, number: 4 }));
  await createUser(page);
  await page.keyboard.press('Control+1');
  const rows = page.locator('tr[data-study]');
  await expect(rows).toHaveCount(sampleCount(), { timeout: 120_000 });
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] });
  }, folder);
  await page.evaluate(() => window.kirchhoff.request('studies.open', { kind: 'folder' }));
  // The films and papers are one study, the recording is another.
  await expect(rows).toHaveCount(sampleCount() + 2, { timeout: 120_000 });
  await rows.filter({ hasText: 'DX, DOC, SR, ECG' }).click();
  await expect(page.locator('canvas[data-loaded="true"]')).toBeVisible();

  await page
    .getByRole('button', { name: /^Report/ })
    .first()
    .click();
  await expect(page.getByRole('article')).toContainText('Finding');
  await expect(page.getByRole('article')).toContainText('Shadow beside the right hilum.');

  // A report is not read as a film is.
  await expect(page.getByRole('region', { name: 'Your reading' })).toHaveCount(0);
  await expect(page.getByText('Your reading of the study is given beside its images.')).toBeVisible();

  await page
    .getByRole('button', { name: /^Document/ })
    .first()
    .click();
  await expect(page.getByRole('article', { name: 'Referral letter' }).locator('canvas')).toHaveCount(1);

  await page.getByRole('button', { name: 'Go to the images' }).click();
  await expect(page.locator('canvas[data-loaded="true"]')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Your reading' })).toBeVisible();
  // An adult’s film is refused: that is not routine.
  const answer = page.getByRole('region', { name: 'Answer' });
  await expect(answer).toContainText('Not judged');
  await expect(answer).not.toContainText('Routine');

  await page
    .getByRole('button', { name: /^Waveform/ })
    .first()
    .click();
  await page.getByRole('button', { name: 'Open the recording' }).click();
  await expect(page.getByTestId('study-status')).toBeVisible();
  await expect(page.getByText(/10(\.0)? s/).first()).toBeVisible();
});
