/** The app:// scheme: serves the built renderer, and nothing else, under a strict content security policy. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, normalize } from 'node:path';
import { protocol } from 'electron';
import { APP_SCHEME, contentSecurityPolicy, fileOfUrl } from './app-url.ts';

const NONCE_PLACE = '__CSP_NONCE__';

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
  '.json': 'application/json',
};

/** Before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

async function respond(request: Request, folder: string): Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  const headers: Record<string, string> = {
    'Content-Security-Policy': contentSecurityPolicy(nonce),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  };
  if (request.method !== 'GET') return new Response(null, { status: 405, headers });
  const file = fileOfUrl(request.url, folder);
  const contentType = file === null ? undefined : CONTENT_TYPES[extname(file)];
  if (file === null || contentType === undefined) return new Response(null, { status: 404, headers });
  headers['Content-Type'] = contentType;
  try {
    if (extname(file) === '.html') {
      const page = await readFile(file, 'utf8');
      return new Response(page.replaceAll(NONCE_PLACE, nonce), { headers });
    }
    return new Response(await readFile(file), { headers });
  } catch {
    return new Response(null, { status: 404, headers });
  }
}

/** `folder` holds index.html and its assets. */
export function serveRenderer(folder: string): void {
  protocol.handle(APP_SCHEME, (request) => respond(request, normalize(folder)));
}
