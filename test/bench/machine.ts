/** What the figures were measured on. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  processor: string;
  cores: number;
  /** What bears on the rates of kernels and peers, where the system tells. */
  vectorExtensions: string[];
  memoryGigabytes: number;
  system: string;
  node: string;
  v8: string;
  commit: string;
  /** Processes that waited for a core in the last minute: well above 0 the figures are worse than the machine. */
  loadAtStart: number;
}

export function thisMachine(processorFlags: string): Machine {
  const flags = new Set(processorFlags.split(/\s+/));
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    vectorExtensions: ['sse4_1', 'avx2', 'avx512f', 'avx512_vnni', 'asimd'].filter((flag) => flags.has(flag)),
    memoryGigabytes: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    loadAtStart: loadavg()[0],
  };
}
