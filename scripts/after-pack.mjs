/** Finishes the unpacked application: takes out what belongs to the development runtime, adds the launcher. */
import { chmodSync, copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './process.mjs';

/** A word as first argument is a command for the service's Node, which needs no display; else the window opens. */
const LAUNCHER = `#!/bin/sh
# Opens the Kirchhoff window; "kirchhoff analyze" and the other commands work without one.
here=$(dirname -- "$(readlink -f -- "$0")")
case "\${1:-}" in
  [a-z]* | -h | --help | --version)
    KIRCHHOFF_RESOURCES="$here/resources" \\
      exec "$here/resources/node" "$here/resources/app.asar.unpacked/out/service/cli.mjs" "$@"
    ;;
esac
exec "$here/kirchhoff-window" "$@"
`;

export default function afterPack({ appOutDir }) {
  rmSync(join(appOutDir, 'resources', 'default_app.asar'), { force: true });
  const launcher = join(appOutDir, 'kirchhoff');
  writeFileSync(launcher, LAUNCHER);
  chmodSync(launcher, 0o755);
  const licence = join(appOutDir, 'LICENSE.electron.txt');
  if (existsSync(licence)) copyFileSync(licence, join(appOutDir, 'LICENSE'));
  else copyFileSync(join(CHECKOUT, 'LICENSE'), join(appOutDir, 'LICENSE'));
}
