/** Reads a trace of network system calls (strace) for what went, or tried to go, beyond this machine. */
import { readFileSync } from 'node:fs';

export interface NetworkTrace {
  /** Processes and threads that made a network system call. */
  tasks: number;
  /** Connections to local sockets: they show that the trace saw what it was to see. */
  local: number;
  /** Lines that name an address that is neither local nor loopback. */
  outside: string[];
}

const LOOPBACK = /inet_addr\("127\.[\d.]+"\)|inet_pton\(AF_INET6, "(::1|::ffff:127\.[\d.]+)"/;
/** Waiting for others to connect, or asking one's own address, sends nothing; binding to all addresses is not loopback. */
const SENDING = /\b(connect|sendto|sendmsg|sendmmsg|bind|listen)\(/;

export function readNetworkTrace(file: string): NetworkTrace {
  const lines = readFileSync(file, 'utf8').split('\n');
  return {
    tasks: new Set(lines.map((line) => line.split(' ', 1)[0])).size,
    local: lines.filter((line) => /\bconnect\(\d+, \{sa_family=AF_UNIX/.test(line)).length,
    outside: lines.filter(
      (line) => SENDING.test(line) && /sa_family=AF_INET6?\b/.test(line) && !LOOPBACK.test(line),
    ),
  };
}
