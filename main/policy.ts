/** What the app may not do: reach a network, be given a permission, navigate, open windows, download. */
import { app, session, type WebContents } from 'electron';
import { isLocalUrl } from './app-url.ts';

/** Turns off what Chromium would do on a network by itself. Before the app is ready. */
export function applyNetworkSwitches(): void {
  const { commandLine } = app;
  commandLine.appendSwitch('disable-background-networking');
  commandLine.appendSwitch('disable-component-update');
  commandLine.appendSwitch('disable-domain-reliability');
  commandLine.appendSwitch('disable-client-side-phishing-detection');
  commandLine.appendSwitch('disable-sync');
  commandLine.appendSwitch('disable-breakpad');
  commandLine.appendSwitch('no-pings');
  commandLine.appendSwitch('no-proxy-server');
  commandLine.appendSwitch('dns-prefetch-disable');
  commandLine.appendSwitch('force-webrtc-ip-handling-policy', 'disable_non_proxied_udp');
  // No name is ever looked up, whatever asks for it.
  commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
}

function restrict(contents: WebContents): void {
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** Denies every permission, download, navigation, new window and request to anything but the app itself. */
export function denyByDefault(): void {
  const { defaultSession } = session;
  defaultSession.webRequest.onBeforeRequest((details, answer) => {
    answer({ cancel: !isLocalUrl(details.url) });
  });
  defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  defaultSession.setPermissionCheckHandler(() => false);
  defaultSession.setDevicePermissionHandler(() => false);
  // Languages too: for each, Chromium would fetch a dictionary at start, past the filter above.
  defaultSession.setSpellCheckerLanguages([]);
  defaultSession.setSpellCheckerEnabled(false);
  defaultSession.on('will-download', (event) => event.preventDefault());
  app.on('web-contents-created', (_event, contents) => restrict(contents));
}
