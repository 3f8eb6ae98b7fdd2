/** The window and its process: one at a time, size kept, closed cleanly. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './kirchhoff-app.ts';
import { processTree } from './processes.ts';

test('size and place are kept between starts', async ({ start }) => {
  const first = await start();
  const bounds = { x: 40, y: 60, width: 1100, height: 760 };
  await first.electron.evaluate(({ BrowserWindow }, wanted) => {
    BrowserWindow.getAllWindows()[0]?.setBounds(wanted);
  }, bounds);
  await first.close();
  const second = await start();
  const restored = await second.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.getBounds(),
  );
  expect(restored).toEqual(bounds);
});

test('the window cannot be made too small to read', async ({ app }) => {
  const size = await app.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()[0]?.getMinimumSize(),
  );
  expect(size).toEqual([1024, 700]);
});

test('a second start on the same data gives way to the first', async ({ start, home }) => {
  const { electron } = await start();
  await expect(start()).rejects.toThrow();
  const count = await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  expect(count).toBe(1);
  expect(JSON.stringify(await electron.evaluate(({ app }) => app.getPath('userData')))).toContain(home);
});

test('closing the window ends the service too', async ({ start, home }) => {
  const { electron, close } = await start();
  const main = await electron.evaluate(() => process.pid);
  const pids = processTree(main).map(({ pid }) => pid);
  expect(pids.length).toBeGreaterThan(3);
  await close();
  const left = () =>
    pids.filter((pid) => {
      try {
        return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      } catch {
        return false;
      }
    });
  // Chromium's helpers go a moment after the process that they served.
  await expect.poll(left, { timeout: 5_000 }).toEqual([]);
  expect(JSON.parse(readFileSync(join(home, 'data', 'window.json'), 'utf8'))).toHaveProperty('width');
});
