/** The app's own address, what lies under it, and the policy that its pages carry. */
import { join, normalize, sep } from 'node:path';

export const APP_SCHEME = 'app';
/** Origin of the only page there is. */
export const APP_ORIGIN = `${APP_SCHEME}://kirchhoff`;

/** Schemes that never leave the process; which of them a page may use is the content security policy's matter. */
const LOCAL_SCHEMES = new Set(['data:', 'blob:', 'devtools:']);

/** Whether a request may go on: the app's own scheme, and what stays within a process. */
export function isLocalUrl(url: string): boolean {
  let protocol: string;
  try {
    ({ protocol } = new URL(url));
  } catch {
    return false;
  }
  return protocol === `${APP_SCHEME}:` || LOCAL_SCHEMES.has(protocol);
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
