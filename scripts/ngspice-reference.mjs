/**
 * Writes test/reference/crossbar-ngspice.json: column currents of a crossbar with wire resistance by ngspice,
 * which the nodal solver is held to. Needs ngspice and Node 24: npx node scripts/ngspice-reference.mjs
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { ngspiceColumnAmperes, referenceCrossbar } from '../test/crossbar-netlist.ts';

const { crossbar, rowVolts } = referenceCrossbar();
const columnAmperes = ngspiceColumnAmperes(crossbar, rowVolts);
if (columnAmperes === null) throw new Error('ngspice is not installed.');
const [, version] = /ngspice-(\S+)/.exec(spawnSync('ngspice', ['-v'], { encoding: 'utf8' }).stdout) ?? [];
const file = new URL('../test/reference/crossbar-ngspice.json', import.meta.url);
writeFileSync(file, `${JSON.stringify({ madeBy: `ngspice ${version}`, columnAmperes }, null, 2)}\n`);
