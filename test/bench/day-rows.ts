/** A recording of a day through the command line: from the file to its report, time and memory of the process. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDayRecording } from './day-recording.ts';
import { atMost, type Row, row } from './row.ts';

const SAMPLES = 32;

export async function dayRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-bench-day-'));
  try {
    const header = await writeDayRecording(join(folder, 'in'));
    const out = join(folder, 'out');
    const cli = join(import.meta.dirname, '../../src/cli/main.ts');
    const args = [cli, 'analyze', header, '--out', out, '--jobs', '2', '--samples', `${SAMPLES}`];
    const start = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let residentBytes = 0;
    // The kernel keeps the highest value; the last look before the end has it.
    const watch = setInterval(() => {
      residentBytes = Math.max(residentBytes, highWaterMark(child.pid!));
    }, 20);
    let complaints = '';
    child.stderr.on('data', (text) => {
      complaints += text;
    });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    clearInterval(watch);
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0) throw new Error(`analyze ended with ${code}: ${complaints}`);
    const [line] = readFileSync(join(out, 'results.jsonl'), 'utf8').split('\n');
    const { summary } = JSON.parse(line);
    const measured = {
      'hours of two leads at 250 Hz': 24,
      beats: summary.beats.total,
      samples: SAMPLES,
      threads: 2,
      seconds,
      'MB resident at most': residentBytes / 1e6,
    };
    const what = 'a day of ECG, from file to report';
    return [
      row(what, seconds, 's', atMost(60), measured),
      ...(residentBytes === 0
        ? []
        : [row(`${what}, memory`, residentBytes / 1e6, 'MB resident', atMost(700), measured)]),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Bytes, 0 where the system does not tell (only Linux does). */
function highWaterMark(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
