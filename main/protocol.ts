/** The app:// scheme: serves the built renderer, and nothing else, under a strict content security policy. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';

export const APP_SCHEME = 'app';
/** Origin of the only page there is. */
export const APP_ORIGIN = `${APP_SCHEME}://kirchhoff`;

const NONCE_PLACE = '__CSP_NONCE__';

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
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

/** The policy of every response; `nonce` lets the component library add its style elements. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

/** The file that a URL of the app names, or null where it names none inside `folder`. */
export function fileOfUrl(url: string, folder: string): string | null {
  let path: string;
  try {
    const parsed = new URL(url);
    if (`${parsed.protocol}//${parsed.host}` !== APP_ORIGIN) return null;
    path = decodeURIComponent(parsed.pathname);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  const file = normalize(join(folder, path === '/' ? 'index.html' : path));
  return file.startsWith(folder + sep) ? file : null;
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
