/** The audit log, newest first, and the check of its chain. */
import { Button } from '@mantine/core';
import { IconAlertOctagonFilled, IconCheck } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { AuditRow } from '../../src/contract/protocol.ts';
import { request } from '../client.ts';
import { ErrorNotice } from '../components/error-notice.tsx';
import { bodyOf } from '../words/error-words.ts';
import { count } from '../words/format.ts';
import classes from './settings.module.css';

const PAGE = 200;

/** SHA-256 digests cut to what tells them apart; whole ones are in the tooltip and in the log itself. */
function withShortHashes(detail: string): string {
  return detail.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
}

export function AuditLog() {
  const [rows, setRows] = useState<AuditRow[]>([]);
  const [more, setMore] = useState(false);
  const [verdict, setVerdict] = useState<{ rows: number; brokenAtSequence: number | null } | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);

  async function read(before: readonly AuditRow[]) {
    try {
      const beforeSequence = before.at(-1)?.sequence ?? null;
      const page = await request('audit.list', { limit: PAGE, beforeSequence });
      setRows([...before, ...page]);
      setMore(page.length === PAGE);
    } catch (thrown) {
      setError(bodyOf(thrown));
    }
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when shown
  useEffect(() => void read([]), []);

  async function verify() {
    setBusy(true);
    setError(null);
    try {
      setVerdict(await request('audit.verify', {}));
    } catch (thrown) {
      setError(bodyOf(thrown));
    }
    setBusy(false);
  }

  return (
    <section className={classes.audit} aria-label="Audit log">
      <div className={classes.auditBar}>
        <h2>Audit log</h2>
        <Button variant="default" loading={busy} onClick={verify}>
          Verify the chain
        </Button>
        {verdict !== null && (
          <output>
            {verdict.brokenAtSequence === null ? (
              <>
                <IconCheck size={14} aria-hidden="true" /> {count(verdict.rows)} rows, unbroken
              </>
            ) : (
              <strong>
                <IconAlertOctagonFilled size={14} aria-hidden="true" /> Broken at row{' '}
                {verdict.brokenAtSequence}: rows were changed or removed outside of the application
              </strong>
            )}
          </output>
        )}
      </div>
      {error !== null && <ErrorNotice error={error} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section className={classes.auditScroller} tabIndex={0} aria-label="Rows of the audit log">
        <table className={classes.auditTable}>
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">Time</th>
              <th scope="col">User</th>
              <th scope="col">Action</th>
              <th scope="col">Detail</th>
              <th scope="col">Hash</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.sequence}>
                <td className="k-number">{row.sequence}</td>
                <td className="k-number">{row.at.slice(0, 19).replace('T', ' ')}</td>
                <td>{row.user}</td>
                <td>{row.action}</td>
                <td className={classes.detail}>
                  <span title={row.detail}>{withShortHashes(row.detail)}</span>
                  {row.subject !== null && <div className="k-mono k-quiet">{row.subject}</div>}
                </td>
                <td className="k-mono" title={row.hash}>
                  {row.hash.slice(0, 12)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {more && (
          <Button variant="subtle" onClick={() => void read(rows)}>
            Older rows
          </Button>
        )}
      </section>
    </section>
  );
}
