/** What breaks comes back: a crashed page, a killed service, a lost passphrase. */
import type { ElectronApplication } from '@playwright/test';
import { expect, test } from './kirchhoff-app.ts';
import { processTree } from './processes.ts';
import { createUser, PASSPHRASE, sampleNames, studiesWhenDone, USER } from './steps.ts';

/** Asks the page through the shell: the driver's own view of it does not outlive a crash. */
function inPage(electron: ElectronApplication, script: string): Promise<unknown> {
  return electron.evaluate(
    ({ BrowserWindow }, code) =>
      Promise.race([
        BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(code) as Promise<unknown>,
        // A page that is gone never answers.
        new Promise<string>((done) => setTimeout(() => done('no answer'), 1_000)),
      ]),
    script,
  );
}

async function crashPage(electron: ElectronApplication): Promise<void> {
  await electron.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
  });
}

test('a crashed page is loaded once more at the same place, and then says that it cannot', async ({
  app,
}) => {
  const { electron, page } = app;
  await createUser(page);
  const shown = page.getByRole('main', { name: 'ECG' });
  await expect(shown).toBeVisible({ timeout: 90_000 });
  await studiesWhenDone(page, sampleNames().length);
  const study = await shown.getAttribute('data-study');
  await page.keyboard.press('End');
  const place = () => inPage(electron, 'window.location.hash');
  await expect.poll(place).toMatch(/[1-9]\d\.\d/);
  const before = await place();
  await crashPage(electron);
  const shownAgain = () => inPage(electron, "document.querySelector('main')?.dataset.study ?? null");
  await expect.poll(shownAgain, { timeout: 20_000 }).toBe(study);
  expect(await place()).toBe(before);

  await electron.evaluate(({ dialog }) => {
    dialog.showErrorBox = (title) => {
      (globalThis as { said?: string }).said = title;
    };
  });
  await crashPage(electron);
  await expect
    .poll(() => electron.evaluate(() => (globalThis as { said?: string }).said))
    .toBe('Kirchhoff cannot show its window');
});

test('a service that was killed is started again, and the window says so', async ({ app }) => {
  const { electron, page } = app;
  await createUser(page);
  const studies = await studiesWhenDone(page, sampleNames().length);
  const main = await electron.evaluate(() => process.pid);
  const services = () =>
    processTree(main).filter(({ commandLine }) => commandLine.some((word) => word.endsWith('service.mjs')));
  const [service] = services();
  if (service === undefined) throw new Error('The service was not found among the processes.');
  process.kill(service.pid, 'SIGKILL');

  await expect(page.locator('[data-app-state="locked"]')).toBeAttached();
  await expect(page.getByText('stopped and was started again')).toBeVisible();
  expect(services().map(({ pid }) => pid)).not.toContain(service.pid);
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Unlock' }).click();
  await expect(page.locator('[data-app-state="loaded"]')).toBeAttached();
  expect(await studiesWhenDone(page, studies.length)).toEqual(studies);
  await page.keyboard.press('Control+l');
  await expect(page.locator('[data-app-state="locked"]')).toBeAttached();
  await expect(page.getByText('stopped and was started again')).toHaveCount(0);
});

test('the recovery key opens the recordings once, with a new passphrase and a new key', async ({ app }) => {
  const { page } = app;
  await page.getByLabel('Name').fill(USER);
  await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
  await page.getByLabel('Repeat passphrase').fill(PASSPHRASE);
  await page.getByRole('button', { name: 'Create user' }).click();
  const shownKey = page.getByTestId('recovery-key');
  await expect(shownKey).toHaveText(/\S{8,}/, { timeout: 30_000 });
  const key = (await shownKey.textContent()) ?? '';
  await page.getByLabel('I have written it down').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  const studies = await studiesWhenDone(page, sampleNames().length);
  await page.keyboard.press('Control+l');

  const recover = async (with_: string) => {
    await page.getByRole('button', { name: 'Passphrase lost?' }).click();
    await page.getByLabel('Recovery key').fill(with_);
    await page.getByLabel('New passphrase', { exact: true }).fill('another twelve herons');
    await page.getByLabel('Repeat new passphrase').fill('another twelve herons');
    await page.getByRole('button', { name: 'Recover', exact: true }).click();
  };
  await test.step('a wrong key opens nothing', async () => {
    await recover(key.replace(/[A-Z0-9]/, (letter) => (letter === 'A' ? 'B' : 'A')));
    await expect(page.getByRole('alert')).toBeVisible();
    await page.getByRole('button', { name: 'Back' }).click();
  });
  await test.step('the right key does, and is replaced', async () => {
    await recover(key);
    await expect(shownKey).toHaveText(/\S{8,}/, { timeout: 30_000 });
    expect(await shownKey.textContent()).not.toBe(key);
    await page.getByLabel('I have written it down').check();
    await page.getByRole('button', { name: 'Continue' }).click();
    expect(await studiesWhenDone(page, studies.length)).toEqual(studies);
  });
  await test.step('the old passphrase and the used key open nothing any more', async () => {
    await page.keyboard.press('Control+l');
    await page.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.getByRole('button', { name: 'Unlock' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await recover(key);
    await expect(page.getByRole('alert')).toBeVisible();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByLabel('Passphrase', { exact: true }).fill('another twelve herons');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await expect(page.locator('[data-app-state="loaded"]')).toBeAttached();
  });
});
