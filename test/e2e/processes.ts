/** What Linux says about the processes of a running app. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessFacts {
  pid: number;
  parent: number;
  commandLine: string[];
  uid: number;
  /** 2: system calls are filtered. */
  seccomp: number;
  /** Effective capabilities, as a bit set. */
  capabilities: bigint;
  /** Identity of the network namespace, where it may be read. */
  networkNamespace: string | null;
}

function field(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
}

function factsOf(pid: number): ProcessFacts | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    let networkNamespace: string | null;
    try {
      networkNamespace = readlinkSync(`/proc/${pid}/ns/net`);
    } catch {
      networkNamespace = null;
    }
    return {
      pid,
      parent: Number(field(status, 'PPid')),
      // Chromium's helpers rewrite their command line with spaces for zeros.
      commandLine: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split(/[\0 ]/).filter(Boolean),
      uid: Number(field(status, 'Uid')),
      seccomp: Number(field(status, 'Seccomp')),
      capabilities: BigInt(`0x${field(status, 'CapEff') || '0'}`),
      networkNamespace,
    };
  } catch {
    return null; // It ended while it was looked at.
  }
}

/** The process `root` and all that descend from it. */
export function processTree(root: number): ProcessFacts[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => factsOf(Number(name)))
    .filter((facts) => facts !== null);
  const family = new Set([root]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (family.has(parent) && !family.has(pid)) {
        family.add(pid);
        grown = true;
      }
    }
  }
  return all.filter(({ pid }) => family.has(pid));
}
