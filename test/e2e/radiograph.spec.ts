/** A reader's path with a radiograph: import, look, measure with undo, read, confirm. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { encode } from 'fast-png';
import { dicomFilm } from '../dicom-film.ts';
import { expect, folderForApp, type RunningApp, samplesFolder, test } from './kirchhoff-app.ts';
import { createUser, sampleCount, sampleFilmNames } from './steps.ts';

async function openFolder({ electron, page }: RunningApp, folder: string): Promise<void> {
  await electron.evaluate(({ dialog }, filePath) => {
    dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [filePath] });
  }, folder);
  const answer = await page.evaluate(() => window.kirchhoff.request('studies.open', { kind: 'folder' }));
  expect(answer.ok).toBe(true);
}

/** Mean shade, 0 to 255, of a stretch of the picture, as it is on the screen. */
async function shadeAt(page: Page, x: number, y: number): Promise<number> {
  return page
    .locator('canvas[data-loaded="true"]')
    .first()
    .evaluate(
      async (canvas: HTMLCanvasElement, at) => {
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        const context = canvas.getContext('2d');
        const data = context?.getImageData(
          Math.round(at.x * canvas.width),
          Math.round(at.y * canvas.height),
          4,
          4,
        ).data;
        let sum = 0;
        for (let i = 0; i < 64; i += 4) sum += data?.[i] ?? 0;
        return sum / 16;
      },
      { x, y },
    );
}

test('a film is opened, windowed, measured, read and confirmed, and its prior stands beside it', async ({
  app,
  home,
}) => {
  const { page } = app;
  const folder = folderForApp(home, 'films');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'now.dcm'), dicomFilm({ studyUid: '2.25.31', date: '20260110' }));
  writeFileSync(join(folder, 'prior.dcm'), dicomFilm({ studyUid: '2.25.30', date: '20250110' }));
  writeFileSync(join(folder, 'cut-off.dcm'), dicomFilm({ studyUid: '2.25.32' }).subarray(0, 9000));
  await createUser(page);
  await page.keyboard.press('Control+1');
  await openFolder(app, folder);
  // The samples are imported first.
  await expect(page.locator('tr[data-study]').filter({ hasText: '2026' })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText(/cut-off\.dcm/).first()).toBeVisible();
  await page
    .locator('tr[data-study]')
    .filter({ hasText: '2026-01-10' })
    .or(page.locator('tr[data-study]').filter({ hasText: '10 Jan 2026' }))
    .first()
    .click();
  const picture = page.locator('canvas[data-loaded="true"]');
  await expect(picture).toBeVisible();

  await test.step('the picture has the film’s shades, and inverts', async () => {
    // The film is dark at the left and bright at the right.
    await expect.poll(() => shadeAt(page, 0.7, 0.5)).toBeGreaterThan((await shadeAt(page, 0.35, 0.5)) + 40);
    const bright = await shadeAt(page, 0.7, 0.5);
    await page.keyboard.press('i');
    await expect.poll(() => shadeAt(page, 0.7, 0.5)).toBeLessThan(bright - 40);
    await page.keyboard.press('i');
  });

  await test.step('a drag changes the window', async () => {
    const box = await picture.boundingBox();
    if (box === null) throw new Error('no picture');
    const before = await page.getByText(/^W \d+/).textContent();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 100, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await expect(page.getByText(/^W \d+/)).not.toHaveText(before ?? '');
    await page.keyboard.press('Space');
  });

  await test.step('a length is in millimetres, kept and undone', async () => {
    const box = await picture.boundingBox();
    if (box === null) throw new Error('no picture');
    await page.keyboard.press('d');
    await page.mouse.move(box.x + box.width * 0.45, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.55, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await expect(page.locator('[data-annotation="length"] text')).toHaveText(/\d+\.\d mm$/);
    await page.keyboard.press('Control+z');
    await expect(page.locator('[data-annotation="length"]')).toHaveCount(0);
    await page.keyboard.press('Control+Shift+z');
    await expect(page.locator('[data-annotation="length"]')).toHaveCount(1);
  });

  await test.step('the prior of the same patient stands beside it', async () => {
    await page.keyboard.press('y');
    await expect(page.locator('canvas[data-loaded="true"]')).toHaveCount(2);
    await page.keyboard.press('y');
  });

  await test.step('the reading is kept, then confirmed; a confirmed study takes no drawing', async () => {
    await page.getByLabel('Text', { exact: true }).fill('No consolidation.');
    await page.getByText('Absent', { exact: true }).first().click();
    await page.getByRole('button', { name: 'Keep this reading' }).click();
    await expect(page.getByText('No consolidation.').last()).toBeVisible();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await expect(page.getByTestId('study-status')).toContainText(/confirmed/i);
    await expect(page.getByRole('button', { name: 'Undo' })).toBeDisabled();
  });
});

test('a frontal film hangs beside its lateral one; pictures in the folder are taken, previews told', async ({
  app,
  home,
}) => {
  const { page } = app;
  const folder = folderForApp(home, 'films');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'a.dcm'), dicomFilm({ studyUid: '2.25.41', view: 'LL', number: 2 }));
  writeFileSync(join(folder, 'b.dcm'), dicomFilm({ studyUid: '2.25.41', view: 'PA', number: 1 }));
  const preview = { width: 32, height: 32, channels: 1, depth: 8, data: new Uint8Array(1024) } as const;
  writeFileSync(join(folder, 'preview.png'), encode(preview));
  const film = readFileSync(join(samplesFolder(), sampleFilmNames()[0] ?? ''));
  // The same film with a comment: another file, so that it is not a duplicate; and no ending that tells its kind.
  const comment = Buffer.from([0xff, 0xfe, 0x00, 0x04, 0x68, 0x69]);
  writeFileSync(join(folder, 'photo'), Buffer.concat([film.subarray(0, 2), comment, film.subarray(2)]));
  await createUser(page);
  await page.keyboard.press('Control+1');
  const rows = page.locator('tr[data-study]');
  await expect(rows).toHaveCount(sampleCount(), { timeout: 120_000 });
  await openFolder(app, folder);
  await expect(rows).toHaveCount(sampleCount() + 2, { timeout: 120_000 });
  await expect(page.getByText(/^1 picture passed over: .*64 pixels/)).toBeVisible();
  await rows.filter({ hasText: '2026' }).first().click();
  const pictures = page.locator('canvas[data-loaded="true"]');
  await expect(pictures).toHaveCount(2);
  await expect(pictures.first()).toHaveAccessibleName(/^PA · no\. 1/);
  await expect(pictures.last()).toHaveAccessibleName(/^LL · no\. 2/);
  // The second picture is drawn on as the first is; undo is for the one that was touched last.
  await page.keyboard.press('d');
  for (const [which, length] of [
    [pictures.last(), 0.1],
    [pictures.first(), 0.2],
  ] as const) {
    const box = (await which.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * (0.4 + length), box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
  }
  const lengths = page.locator('[data-annotation="length"]');
  await expect(lengths).toHaveCount(2);
  const beside = page.getByRole('application', { name: /^LL/ }).locator('[data-annotation="length"]');
  await expect(beside).toHaveCount(1);
  await page.keyboard.press('Control+z');
  await expect(lengths).toHaveCount(1);
  await expect(beside).toHaveCount(1);
  await page.keyboard.press('g');
  await expect(pictures).toHaveCount(1);
});
