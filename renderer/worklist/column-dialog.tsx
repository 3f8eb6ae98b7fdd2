/** Asks what the columns of a text file are, before it is imported. */
import { Button, Modal, NumberInput, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import {
  type DelimitedTextMapping,
  delimitedTextMappingSchema,
  type PendingDelimitedText,
} from '../../src/contract/delimited-text.ts';
import type { ErrorBody } from '../../src/contract/errors.ts';
import { request } from '../client.ts';
import { ErrorNotice } from '../components/error-notice.tsx';
import { bodyOf } from '../words/error-words.ts';
import { useWorkspace } from '../workspace/workspace.ts';
import classes from './column-dialog.module.css';

type Role = 'lead' | 'time' | 'none';
interface Column {
  role: Role;
  name: string;
}
const ROLES = [
  { value: 'lead', label: 'Lead' },
  { value: 'time', label: 'Time' },
  { value: 'none', label: 'Leave out' },
];
const TIME_UNITS = [
  { value: 's', label: 'seconds' },
  { value: 'ms', label: 'milliseconds' },
  { value: 'us', label: 'microseconds' },
];

/** The first file that waits; nothing where none does. */
export function ColumnDialog() {
  const waiting = useWorkspace((state) => state.pendingTexts)[0];
  return waiting === undefined ? null : <Columns key={waiting.id} waiting={waiting} />;
}

function proposedColumns({ proposal }: PendingDelimitedText): Column[] {
  const { time } = proposal;
  return proposal.headings.map((heading, column) => {
    const lead = proposal.leads.find((each) => each.column === column);
    if (time?.kind === 'column' && time.column === column) return { role: 'time', name: '' };
    return lead === undefined ? { role: 'none', name: heading } : { role: 'lead', name: lead.name };
  });
}

function Columns({ waiting }: { waiting: PendingDelimitedText }) {
  const { proposal, fileName, id } = waiting;
  const [columns, setColumns] = useState(() => proposedColumns(waiting));
  const [rate, setRate] = useState<string | number>('');
  const [timeUnit, setTimeUnit] = useState(proposal.time?.kind === 'column' ? proposal.time.unit : null);
  const [units, setUnits] = useState(proposal.units);
  const [error, setError] = useState<ErrorBody | null>(null);
  const [submitted, setSubmitted] = useState(false);

  const timeColumn = columns.findIndex(({ role }) => role === 'time');
  const time =
    timeColumn === -1
      ? { kind: 'rate', samplingRateHz: rate }
      : { kind: 'column', column: timeColumn, unit: timeUnit };
  const leads = columns.flatMap(({ role, name }, column) => (role === 'lead' ? [{ column, name }] : []));
  const { delimiter, decimalMark, skipLines } = proposal;
  const mapping = delimitedTextMappingSchema.safeParse({
    delimiter,
    decimalMark,
    skipLines,
    time,
    units,
    leads,
  });
  const fault = (path: string) =>
    submitted && !mapping.success && mapping.error.issues.some((issue) => issue.path[0] === path);

  const change = (column: number, part: Partial<Column>) =>
    setColumns(
      columns.map((each, i) => {
        if (i === column) return { ...each, ...part };
        // Only one column tells the time.
        return part.role === 'time' && each.role === 'time' ? { ...each, role: 'none' } : each;
      }),
    );

  async function send(begin: () => Promise<unknown>) {
    try {
      setError(null);
      await begin();
    } catch (thrown) {
      setError(bodyOf(thrown));
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (mapping.success) void send(() => request('delimitedText.import', { id, mapping: mapping.data }));
  }

  const dismiss = () => void send(() => request('delimitedText.dismiss', { id }));
  return (
    <Modal
      opened
      onClose={dismiss}
      title="What are the columns of this file?"
      size="auto"
      closeButtonProps={{ 'aria-label': 'Leave the file out' }}
    >
      <form className={classes.form} onSubmit={submit} noValidate>
        <p>
          <strong>{fileName}</strong> is text and does not tell this itself. Amplitudes and intervals depend
          on your answer.
        </p>
        <div className={classes.fields}>
          {timeColumn === -1 ? (
            <NumberInput
              size="xs"
              label="Rows a second (Hz)"
              min={50}
              max={10_000}
              hideControls
              data-autofocus
              value={rate}
              error={fault('time') ? 'Enter 50 to 10000.' : null}
              onChange={setRate}
            />
          ) : (
            <Select
              size="xs"
              label="Unit of the time"
              data-autofocus
              data={TIME_UNITS}
              value={timeUnit}
              error={fault('time') ? 'Choose a unit.' : null}
              onChange={(value) => setTimeUnit(value as 's' | 'ms' | 'us' | null)}
            />
          )}
          <Select
            size="xs"
            label="Unit of the samples"
            data={['V', 'mV', 'uV', 'nV']}
            value={units}
            error={fault('units') ? 'Choose a unit.' : null}
            onChange={(value) => setUnits(value as DelimitedTextMapping['units'] | null)}
          />
        </div>
        <section className={classes.preview} aria-label="First rows">
          <table>
            <thead>
              <tr>
                {columns.map(({ role, name }, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                  <th key={column} scope="col">
                    <Select
                      size="xs"
                      aria-label={`Column ${column + 1}`}
                      allowDeselect={false}
                      data={ROLES}
                      value={role}
                      onChange={(value) => change(column, { role: (value ?? 'none') as Role })}
                    />
                    <TextInput
                      size="xs"
                      aria-label={`Name of lead in column ${column + 1}`}
                      disabled={role !== 'lead'}
                      maxLength={32}
                      value={role === 'lead' ? name : ''}
                      error={submitted && role === 'lead' && name.trim() === ''}
                      onChange={(event) => change(column, { name: event.currentTarget.value })}
                    />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {proposal.preview.map((row, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
                <tr key={i}>
                  {row.map((value, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
                    <td key={column} className="k-number">
                      {value}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
        {fault('leads') && <p className="k-small">Name at least one column as a lead.</p>}
        {error !== null && <ErrorNotice error={error} />}
        <div className={classes.buttons}>
          <Button variant="default" onClick={dismiss}>
            Leave it out
          </Button>
          <Button type="submit">Import</Button>
        </div>
      </form>
    </Modal>
  );
}
