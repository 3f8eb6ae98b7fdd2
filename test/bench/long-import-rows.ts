/** Days of three leads through the service, in a process of its own: time and memory. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LongImport } from './long-import-process.ts';
import { writeLongRecording } from './long-recording.ts';
import { atMost, type Row, row } from './row.ts';

/** Two weeks take a quarter of an hour and more, most of it the analysis, and 6 GB of disk for a while. */
export async function longImportRows(days: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-bench-long-'));
  try {
    const header = await writeLongRecording(join(folder, 'in'), days);
    const { stdout } = await promisify(execFile)(process.execPath, [
      join(import.meta.dirname, 'long-import-process.ts'),
      join(folder, 'store'),
      header,
    ]);
    const result: LongImport = JSON.parse(stdout);
    const { imported, analysed, opened } = result.residentBytes;
    const measured = {
      'days of three leads at 250 Hz': days,
      'seconds until it is in the records': result.importSeconds,
      'seconds of analysis': result.analysisSeconds,
      'seconds to open it': result.openSeconds,
      'ms for a window of ten seconds at most': result.windowMilliseconds,
      'MB resident at most, imported': imported / 1e6,
      'MB resident at most, analysed': analysed / 1e6,
      beats: result.beats,
      status: result.error === null ? result.status : `${result.status}: ${result.error}`,
    };
    const what = `${days} days of ECG`;
    return [
      row(`${what}, imported`, result.importSeconds, 's', null, measured),
      ...(opened === 0
        ? []
        : [
            row(`${what}, imported, memory`, imported / 1e6, 'MB resident', atMost(700), measured),
            row(`${what}, analysed and opened, memory`, opened / 1e6, 'MB resident', atMost(700), measured),
          ]),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
