/** Starts the app whose folder is the first argument that is not a switch, as Electron's own default app does. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

// "-r <module>" first, as Electron's own: a driver can then hold the app until it listens.
const preloaded = process.argv.indexOf('-r');
if (preloaded > 0) createRequire(import.meta.url)(resolve(process.argv[preloaded + 1]));

const folder = process.argv.slice(1).find((argument) => !argument.startsWith('-'));
if (folder === undefined) {
  console.error('Usage: electron <folder of an app> [switches]');
  process.exit(2);
}
const path = resolve(folder);
const description = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
app.setVersion(description.version);
app.setName(description.productName ?? description.name);
app.setAppPath(path);
// Awaited at top level: Electron holds the ready event until this module has been evaluated.
await import(pathToFileURL(join(path, description.main)).href);
