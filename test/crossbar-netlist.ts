/** A crossbar as ngspice knows it, and what ngspice says of it. */
import { spawnSync } from 'node:child_process';
import type { Crossbar } from '../src/imc/nodal-solver.ts';

/** The circuit of `solveCrossbar`: drivers on the left of the rows, read-outs at the lower end of the columns. */
function netlistOf(crossbar: Crossbar, rowVolts: readonly number[]): string {
  const { rows, columns, conductanceSiemens, rowSegmentOhms, columnSegmentOhms } = crossbar;
  const lines = ['* crossbar'];
  for (let row = 0; row < rows; row++) {
    lines.push(`Vrow${row} d${row} 0 ${rowVolts[row]}`);
    for (let column = 0; column < columns; column++) {
      const left = column === 0 ? `d${row}` : `r${row}_${column - 1}`;
      lines.push(`Rr${row}_${column} ${left} r${row}_${column} ${rowSegmentOhms}`);
      const below = row === rows - 1 ? `s${column}` : `c${row + 1}_${column}`;
      lines.push(`Rc${row}_${column} c${row}_${column} ${below} ${columnSegmentOhms}`);
      const conductance = conductanceSiemens[row * columns + column];
      if (conductance > 0) {
        lines.push(`Rd${row}_${column} r${row}_${column} c${row}_${column} ${1 / conductance}`);
      }
    }
  }
  const printed: string[] = [];
  for (let column = 0; column < columns; column++) {
    lines.push(`Vcol${column} s${column} 0 0`);
    printed.push(`print i(vcol${column})`);
  }
  return [
    ...lines,
    '.options reltol=1e-9 abstol=1e-18 vntol=1e-15 gmin=1e-20',
    '.control',
    'set numdgt=14',
    'op',
    ...printed,
    '.endc',
    '.end',
    '',
  ].join('\n');
}

/** Column currents, amperes, by ngspice; null where it is not installed. */
export function ngspiceColumnAmperes(crossbar: Crossbar, rowVolts: readonly number[]): number[] | null {
  const run = spawnSync('ngspice', ['-b'], { input: netlistOf(crossbar, rowVolts), encoding: 'utf8' });
  if (run.error !== undefined) return null;
  const currents = Array.from(run.stdout.matchAll(/^i\(vcol\d+\) = (\S+)$/gm), ([, value]) => Number(value));
  if (currents.length === crossbar.columns) return currents;
  throw new Error(`ngspice gave ${currents.length} currents: ${run.stdout}${run.stderr}`);
}

/** The circuit of the committed reference: 16 x 12, devices up to 100 uS, wires that matter. */
export function referenceCrossbar(): { crossbar: Crossbar; rowVolts: number[] } {
  const [rows, columns] = [16, 12];
  const conductanceSiemens = Float64Array.from(
    { length: rows * columns },
    (_, cell) => ((cell * 37) % 101) * 1e-6,
  );
  return {
    crossbar: { rows, columns, conductanceSiemens, rowSegmentOhms: 25, columnSegmentOhms: 40 },
    rowVolts: Array.from({ length: rows }, (_, row) => (((row * 7) % 13) - 6) / 30),
  };
}
