import { join, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy, fileOfUrl, isLocalUrl } from './app-url.ts';

const FOLDER = join(sep, 'app', 'out', 'renderer');

describe('fileOfUrl', () => {
  it('names the page and its assets', () => {
    expect(fileOfUrl('app://kirchhoff/', FOLDER)).toBe(join(FOLDER, 'index.html'));
    expect(fileOfUrl('app://kirchhoff/assets/a%20b.js?x#y', FOLDER)).toBe(join(FOLDER, 'assets', 'a b.js'));
  });

  it.each([
    'app://kirchhoff/..%2fmain%2fmain.js',
    'app://kirchhoff/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    'app://kirchhoff/assets/..%2f..%2f..%2fetc/passwd',
    'app://kirchhoff/..%2frenderer-of-another/index.html',
    'app://kirchhoff/index.html%00.js',
    'app://kirchhoff/%',
    'app://other/index.html',
    'file:///etc/passwd',
    'not a url',
  ])('refuses %s', (url) => {
    expect(fileOfUrl(url, FOLDER)).toBeNull();
  });
});

describe('isLocalUrl', () => {
  it.each(['app://kirchhoff/', 'data:text/plain,x', 'blob:app://kirchhoff/1'])('lets %s through', (url) => {
    expect(isLocalUrl(url)).toBe(true);
  });

  it.each([
    'https://example.org/',
    'http://127.0.0.1/',
    'ws://localhost:1/',
    'wss://example.org',
    'ftp://example.org',
    'file:///etc/passwd',
    'chrome-extension://abc/x.js',
    'application://kirchhoff/',
    '',
  ])('stops %s', (url) => {
    expect(isLocalUrl(url)).toBe(false);
  });
});

describe('contentSecurityPolicy', () => {
  it('allows styles by nonce and nothing unsafe', () => {
    const policy = contentSecurityPolicy('abc');
    expect(policy).toContain("style-src 'self' 'nonce-abc'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
  });
});
