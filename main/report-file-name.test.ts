import { describe, expect, it } from 'vitest';
import { reportFileName } from './report-file-name.ts';

describe('reportFileName', () => {
  it('names the record', () => {
    expect(reportFileName('100', 'pdf')).toBe('100-kirchhoff.pdf');
    expect(reportFileName('100', 'json')).toBe('100-kirchhoff.json');
  });

  it('follows WFDB for annotations', () => {
    expect(reportFileName('100', 'wfdb')).toBe('100.kir');
  });

  it('keeps a hostile record name inside the folder', () => {
    expect(reportFileName('../../etc/cron.d/x', 'pdf')).toBe('x-kirchhoff.pdf');
    expect(reportFileName('a b\n<c>', 'pdf')).toBe('a_b_c_-kirchhoff.pdf');
    expect(reportFileName('..', 'pdf')).not.toContain('/');
    expect(reportFileName('', 'pdf')).toBe('record-kirchhoff.pdf');
  });
});
