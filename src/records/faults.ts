/**
 * Places where a write can be cut short. Tests stop the process or throw there, to show that nothing that was
 * reported as saved is lost; in production `noFaults` does nothing.
 */
export type FaultPoint =
  /** Keyring or another small file of the store: temporary file durable, not yet renamed. */
  | 'keyring-write'
  /** Vault object: temporary file durable, not yet renamed. */
  | 'vault-rename'
  /** Every row of a change written, transaction not yet committed. */
  | 'row-commit'
  /** Audit row committed, its anchor file not yet replaced. */
  | 'audit-append'
  /** Report: temporary file durable, not yet renamed. */
  | 'report-write';

export interface FaultPoints {
  hit(point: FaultPoint): void;
}

export const noFaults: FaultPoints = { hit: () => {} };
