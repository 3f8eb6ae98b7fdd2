/** The window is closed to everything but the contract: tried from inside the page, as an attacker would. */
import type { Page } from '@playwright/test';
import type { Answer, RequestName } from '../../src/contract/protocol.ts';
import { expect, test } from './kirchhoff-app.ts';
import { processTree } from './processes.ts';

/** Asks the bridge for what the types forbid. */
function forge(page: Page, name: unknown, input: unknown): Promise<Answer<RequestName>> {
  return page.evaluate(
    ([forgedName, forgedInput]) =>
      window.kirchhoff.request(forgedName as 'session.state', forgedInput as never),
    [name, input] as const,
  );
}

test("Chromium's sandbox is on, and no process of the app is root", async ({ app }) => {
  const main = await app.electron.evaluate(() => process.pid);
  const processes = processTree(main);
  const own = processes.find(({ pid }) => pid === main);
  const renderers = processes.filter(({ commandLine }) => commandLine.includes('--type=renderer'));
  expect(renderers).not.toHaveLength(0);
  for (const { commandLine, uid } of processes) {
    expect(uid, commandLine.join(' ')).not.toBe(0);
    expect(commandLine).not.toContain('--no-sandbox');
  }
  for (const renderer of renderers) {
    expect(renderer.seccomp).toBe(2);
    expect(renderer.capabilities).toBe(0n);
    expect(renderer.networkNamespace).not.toBe(own?.networkNamespace);
  }
});

test('the window has the settings that Electron asks of a secure app', async ({ app }) => {
  const settings = await app.electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows().map((window) => window.webContents);
    // Not in Electron's types, and the only way to read what is in force.
    const [inForce] = contents as unknown as { getLastWebPreferences(): Record<string, unknown> }[];
    if (inForce === undefined) throw new Error('There is no window.');
    const { contextIsolation, sandbox, nodeIntegration, webSecurity, webviewTag } =
      inForce.getLastWebPreferences();
    return { contextIsolation, sandbox, nodeIntegration, webSecurity, webviewTag };
  });
  expect(settings).toEqual({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  });
  const spelling = await app.electron.evaluate(({ session }) => ({
    enabled: session.defaultSession.isSpellCheckerEnabled(),
    languages: session.defaultSession.getSpellCheckerLanguages(),
  }));
  expect(spelling).toEqual({ enabled: false, languages: [] });
});

test('the page has the contract and nothing of Node or Electron', async ({ page }) => {
  expect(page.url()).toBe('app://kirchhoff/');
  const found = await page.evaluate(() => ({
    bridge: Object.keys(window.kirchhoff).sort(),
    globals: ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer'].filter(
      (name) => name in globalThis,
    ),
  }));
  expect(found).toEqual({ bridge: ['importDropped', 'onEvent', 'request'], globals: [] });
});

test('a strict content security policy comes with the page and is in force', async ({ page }) => {
  const { header, nonces } = await page.evaluate(async () => {
    const response = await fetch('app://kirchhoff/');
    return {
      header: response.headers.get('content-security-policy') ?? '',
      nonces: [
        /nonce-([^']+)'/.exec(response.headers.get('content-security-policy') ?? '')?.[1],
        document.querySelector<HTMLElement>('meta[property=csp-nonce]')?.nonce,
      ],
    };
  });
  expect(header).toContain("default-src 'none'");
  expect(header).toContain("script-src 'self';");
  expect(header).not.toMatch(/unsafe|\*|https?:/);
  // A new one with each response.
  expect(nonces[0]).toMatch(/^[A-Za-z0-9+/]{22}==$/);
  expect(nonces[1]).toMatch(/^[A-Za-z0-9+/]{22}==$/);
  expect(nonces[0]).not.toBe(nonces[1]);

  const tried = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.push(event.effectiveDirective),
    );
    const marks = globalThis as { inlineRan?: boolean; evalRan?: boolean };
    const script = document.createElement('script');
    script.textContent = 'globalThis.inlineRan = true';
    document.body.append(script);
    const link = document.createElement('a');
    link.setAttribute('onclick', 'globalThis.inlineRan = true');
    document.body.append(link);
    link.click();
    // In a task of its own: what the inspector evaluates may use eval whatever the policy says.
    const evalRefused = await new Promise<boolean>((done) => {
      setTimeout(() => {
        try {
          // biome-ignore lint/security/noGlobalEval: that it is refused is what is tested.
          globalThis.eval('globalThis.evalRan = true');
          done(false);
        } catch {
          done(true);
        }
      });
    });
    const frame = document.createElement('iframe');
    frame.src = 'data:text/html,hello';
    document.body.append(frame);
    const image = new Image();
    image.src = 'https://example.org/beacon.png';
    await new Promise((done) => setTimeout(done, 300));
    return { inlineRan: marks.inlineRan ?? false, evalRan: marks.evalRan ?? false, evalRefused, violations };
  });
  expect(tried.inlineRan).toBe(false);
  expect(tried.evalRan).toBe(false);
  expect(tried.evalRefused).toBe(true);
  expect(new Set(tried.violations)).toEqual(
    new Set(['script-src-elem', 'script-src-attr', 'script-src', 'frame-src', 'img-src']),
  );
});

test('the app itself breaks no rule of the policy', async ({ start }) => {
  const { page } = await start();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  await page.reload();
  await page.locator('[data-app-state="loaded"]').waitFor({ state: 'attached' });
  expect(complaints).toEqual([]);
});

test('app:// serves the built page only', async ({ page }) => {
  const statuses = await page.evaluate(async () => {
    const get = async (url: string, init?: RequestInit) => {
      try {
        return (await fetch(url, init)).status;
      } catch {
        return 'refused';
      }
    };
    return {
      parent: await get('app://kirchhoff/..%2f..%2fpackage.json'),
      encoded: await get('app://kirchhoff/%2e%2e/%2e%2e/package.json'),
      main: await get('app://kirchhoff/..%2fmain%2fmain.js'),
      zero: await get('app://kirchhoff/index.html%00.js'),
      otherHost: await get('app://other/index.html'),
      post: await get('app://kirchhoff/', { method: 'POST', body: 'x' }),
      file: await get('file:///etc/passwd'),
      page: await get('app://kirchhoff/'),
    };
  });
  expect(statuses).toEqual({
    parent: 404,
    encoded: 404,
    main: 404,
    zero: 404,
    otherHost: 'refused',
    post: 405,
    file: 'refused',
    page: 200,
  });
});

test('navigation, new windows, downloads and webviews are refused', async ({ app }) => {
  const { page, electron } = app;
  const opened = await page.evaluate(() => window.open('https://example.org') === null);
  expect(opened).toBe(true);
  await page.evaluate(() => {
    for (const target of [
      'https://example.org',
      'file:///etc/passwd',
      'app://kirchhoff/assets/',
      'data:text/html,x',
    ]) {
      const link = document.createElement('a');
      link.href = target;
      document.body.append(link);
      link.click();
      link.target = '_blank';
      link.click();
    }
    const download = document.createElement('a');
    download.href = URL.createObjectURL(new Blob(['x']));
    download.download = 'x.txt';
    document.body.append(download);
    download.click();
    document.body.append(document.createElement('webview'));
  });
  await page.waitForTimeout(500);
  expect(page.url()).toBe('app://kirchhoff/');
  const count = await electron.evaluate(({ webContents }) => webContents.getAllWebContents().length);
  expect(count).toBe(1);
});

test('every permission is denied', async ({ page }) => {
  const answers = await page.evaluate(async () => {
    const refusal = async (work: () => Promise<unknown>) => {
      try {
        await work();
        return 'granted';
      } catch (error) {
        return (error as Error).name;
      }
    };
    return {
      notification: await Notification.requestPermission(),
      camera: await refusal(() => navigator.mediaDevices.getUserMedia({ video: true })),
      microphone: await refusal(() => navigator.mediaDevices.getUserMedia({ audio: true })),
      location: await refusal(
        () => new Promise((done, fail) => navigator.geolocation.getCurrentPosition(done, fail)),
      ),
      clipboard: await refusal(() => navigator.clipboard.readText()),
      midi: await refusal(() => navigator.requestMIDIAccess({ sysex: true })),
    };
  });
  expect(answers.notification).toBe('denied');
  for (const [permission, answer] of Object.entries(answers)) expect(answer, permission).not.toBe('granted');
});

test('no request leaves the page or the shell', async ({ app }) => {
  const targets = [
    'https://example.org/',
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'ftp://example.org/',
  ];
  const fromPage = await app.page.evaluate(
    (urls) =>
      Promise.all(
        urls.map((url) =>
          fetch(url, { mode: 'no-cors' }).then(
            () => 'answered',
            () => 'refused',
          ),
        ),
      ),
    targets,
  );
  expect(fromPage).toEqual(targets.map(() => 'refused'));
  // Past the page's policy: the session itself cancels.
  const fromSession = await app.electron.evaluate(
    async ({ session }, urls) =>
      Promise.all(
        urls.map((url) =>
          session.defaultSession.fetch(url).then(
            () => 'answered',
            (error) => String(error),
          ),
        ),
      ),
    targets.slice(0, 3),
  );
  for (const answer of fromSession) expect(answer).toContain('ERR_BLOCKED_BY_CLIENT');
});

test('forged requests are refused with a reason', async ({ page }) => {
  const id = '0'.repeat(32);
  const forged: [unknown, unknown][] = [
    ['no.such.request', {}],
    ['constructor', {}],
    ['__proto__', {}],
    [42, {}],
    [['session.state'], {}],
    ['session.state', { extra: true }],
    ['session.state', null],
    ['studies.get', { studyId: '../../etc/passwd' }],
    ['studies.import', { paths: [] }],
    ['studies.import', { paths: 'samples' }],
    ['signal.window', { studyId: id, leads: [0], startSample: -1, lengthSamples: 10 }],
    ['signal.window', { studyId: id, leads: [0], startSample: 0, lengthSamples: 1e12 }],
    ['report.write', { studyId: id, format: 'pdf', path: '/tmp/forged.pdf' }],
    ['session.activity', {}],
  ];
  for (const [name, input] of forged) {
    const answer = await forge(page, name, input);
    expect(answer, JSON.stringify([name, input])).toMatchObject({
      ok: false,
      error: { code: 'invalid-request' },
    });
  }
  // The door still opens for what is allowed.
  expect(await forge(page, 'session.state', {})).toMatchObject({ ok: true });
});

test('main listens to one channel only, and to the main frame only', async ({ app }) => {
  const channels = await app.electron.evaluate(({ ipcMain }) => ({
    // Electron itself listens to 'error'.
    messages: ipcMain.eventNames().filter((name) => name !== 'error'),
    // Electron keeps the handlers of invoke in this map.
    requests: [...(ipcMain as unknown as { _invokeHandlers: Map<string, unknown> })._invokeHandlers.keys()],
  }));
  expect(channels).toEqual({ messages: [], requests: ['kirchhoff:request'] });

  const answer = await app.electron.evaluate(async ({ BrowserWindow, ipcMain }) => {
    const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, (...args: unknown[]) => unknown> })
      ._invokeHandlers;
    const [window] = BrowserWindow.getAllWindows();
    const sender = window?.webContents;
    const url = 'https://example.org/';
    const handler = handlers.get('kirchhoff:request');
    return Promise.all([
      handler?.({ sender, senderFrame: null }, 'session.state', {}),
      handler?.({ sender, senderFrame: { url } }, 'session.state', {}),
      handler?.({ sender: {}, senderFrame: sender?.mainFrame }, 'session.state', {}),
    ]);
  });
  for (const one of answer) expect(one).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
});

test('the service is started again once when it dies, and the window hears of it', async ({ app }) => {
  const main = await app.electron.evaluate(() => process.pid);
  const service = () =>
    processTree(main).find(({ commandLine }) => commandLine.some((part) => part.endsWith('service.mjs')));
  const first = service();
  expect(first).toBeDefined();
  const event = app.page.evaluate(
    () =>
      new Promise((heard) => window.kirchhoff.onEvent((news) => news.kind === 'session' && heard(news.kind))),
  );
  process.kill(first?.pid ?? 0, 'SIGKILL');
  expect(await event).toBe('session');
  const second = service();
  expect(second).toBeDefined();
  expect(second?.pid).not.toBe(first?.pid);
  expect(await forge(app.page, 'session.state', {})).toMatchObject({ ok: true });
});
