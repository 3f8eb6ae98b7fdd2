/**
 * Places where a write can be cut short. Tests stop the process or throw there, to show that nothing that was
 * reported as saved is lost; in production `noFaults` does nothing.
 */
export const FAULT_POINTS = [
  /** Keyring or another key file: temporary file durable, not yet renamed. */
  'keyring-write',
  /** Vault object: temporary file durable, not yet renamed. */
  'vault-rename',
  /** Every row of a change written, transaction not yet committed. */
  'row-commit',
  /** Audit row committed, its anchor file not yet replaced. */
  'audit-append',
  /** Report: temporary file durable, not yet renamed. */
  'report-write',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

export interface FaultPoints {
  hit(point: FaultPoint): void;
}

export const noFaults: FaultPoints = { hit: () => {} };
