/** The name that a report is offered to be saved under. */
import { basename } from 'node:path';
import type { ReportFormat } from '../src/contract/protocol.ts';

/** A file name of the record's own, without what a file system or a reader might take amiss. */
export function reportFileName(recordName: string, format: ReportFormat): string {
  const record = basename(recordName).replace(/[^\p{L}\p{N}._-]+/gu, '_') || 'record';
  // WFDB programs find annotations by the record's name and this extension.
  return format === 'wfdb' ? `${record}.kir` : `${record}-kirchhoff.${format}`;
}
