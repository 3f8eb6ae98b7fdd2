/** What a batch says while it runs. */
import type { ResultLine } from './result-line.ts';

export interface BatchProgress {
  record(line: ResultLine): void;
  end(text: string): void;
}

/** On a terminal a line of progress with rate and time left, else one JSON line a record on standard output. */
export function batchProgress(total: number): BatchProgress {
  return process.stdout.isTTY ? terminalProgress(total) : jsonLines();
}

function jsonLines(): BatchProgress {
  return {
    record: (line) => process.stdout.write(`${JSON.stringify(line)}\n`),
    end: (text) => process.stderr.write(`${text}\n`),
  };
}

function terminalProgress(total: number): BatchProgress {
  const started = performance.now();
  let done = 0;
  return {
    record(line) {
      done++;
      const seconds = (performance.now() - started) / 1000;
      const rate = done / seconds;
      const left = Math.round((total - done) / rate);
      if (line.status !== 'analysed') process.stderr.write(`\r\x1b[K${wordsOf(line)}\n`);
      process.stderr.write(`\r\x1b[K${done} of ${total}  ${rate.toFixed(1)} records/s  ${left} s left`);
    },
    end: (text) => process.stderr.write(`\r\x1b[K${text}\n`),
  };
}

function wordsOf(line: ResultLine): string {
  if (line.error)
    return `${line.input}: ${line.error.at === null ? '' : `${line.error.at}: `}${line.error.message}`;
  const refusal = line.findings.find((finding) => finding.recommendation === 'refuse');
  return `${line.input}: refused. ${refusal?.label ?? ''}`;
}
