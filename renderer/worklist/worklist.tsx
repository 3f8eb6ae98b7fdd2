/** The worklist: every study, the most urgent first. */
import { Button, Checkbox, Menu, Select, TextInput, UnstyledButton } from '@mantine/core';
import {
  IconChevronDown,
  IconChevronUp,
  IconColumns3,
  IconFile,
  IconFolderOpen,
  IconSearch,
} from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import type { Severity } from '../../src/contract/ecg.ts';
import type { StudyStatus } from '../../src/contract/study.ts';
import { useActions } from '../actions/actions.ts';
import { request } from '../client.ts';
import componentClasses from '../components/components.module.css';
import { ErrorNotice } from '../components/error-notice.tsx';
import { SeverityTag, StatusTag, statusWord, UnjudgedTag } from '../components/severity-tag.tsx';
import {
  type OptionalColumn,
  setPreferences,
  usePreferences,
  WORKLIST_COLUMNS,
} from '../theme/preferences.ts';
import { duration, moment, patientName, percent, studyParticulars } from '../words/format.ts';
import { recommendationWord, reviewWord } from '../words/uncertainty-words.ts';
import type { Place } from '../workspace/place.ts';
import { goTo, importing, importSamples, useWorkspace } from '../workspace/workspace.ts';
import classes from './worklist.module.css';
import { rowsOf, type SortKey, type WorklistQuery, type WorklistRow, worklistRows } from './worklist-rows.ts';

const ROW_PX = 44;
const STATUSES: StudyStatus[] = ['queued', 'analysing', 'preliminary', 'confirmed', 'refused', 'failed'];
const COLUMN_NAMES: Record<OptionalColumn, string> = {
  recorded: 'Recorded',
  duration: 'Length',
  leads: 'Leads, modality',
  imported: 'Imported',
};

const FIRST_QUERY: WorklistQuery = {
  search: '',
  status: 'all',
  severity: 'all',
  sort: 'urgency',
  descending: true,
};

function placeOf(row: WorklistRow): Place {
  return { screen: row.kind === 'ecg' ? 'ecg' : 'radiograph', studyId: row.id };
}

function openFiles(kind: 'files' | 'folder'): void {
  void importing(() => request('studies.open', { kind }));
}

export function Worklist() {
  const recordings = useWorkspace((state) => state.studies);
  const imagingStudies = useWorkspace((state) => state.imagingStudies);
  const studies = useMemo(() => rowsOf(recordings, imagingStudies), [recordings, imagingStudies]);
  const studiesState = useWorkspace((state) => state.studiesState);
  const error = useWorkspace((state) => state.studiesError);
  const { columns } = usePreferences();
  const [query, setQuery] = useState(FIRST_QUERY);
  const searchInput = useRef<HTMLInputElement>(null);
  const rows = useMemo(() => worklistRows(studies, query), [studies, query]);

  useActions([
    {
      id: 'open-files',
      label: 'Open files…',
      group: 'Recording',
      keys: ['mod+o'],
      enabled: true,
      run: () => openFiles('files'),
    },
    {
      id: 'open-folder',
      label: 'Open a folder…',
      group: 'Recording',
      keys: ['mod+shift+o'],
      enabled: true,
      run: () => openFiles('folder'),
    },
    {
      id: 'open-samples',
      label: 'Import the sample recordings',
      group: 'Recording',
      keys: [],
      enabled: true,
      run: () => void importSamples(),
    },
    {
      id: 'search',
      label: 'Search the worklist',
      group: 'Go',
      keys: ['mod+f', '/'],
      enabled: true,
      run: () => searchInput.current?.focus(),
    },
  ]);

  const change = (part: Partial<WorklistQuery>) => setQuery({ ...query, ...part });
  const toggleColumn = (column: OptionalColumn) =>
    setPreferences({
      columns: WORKLIST_COLUMNS.filter((each) => columns.includes(each) !== (each === column)),
    });

  return (
    <main className={classes.screen} aria-label="Worklist">
      <header className={classes.bar}>
        <h1>Worklist</h1>
        <TextInput
          ref={searchInput}
          className={classes.search}
          size="xs"
          leftSection={<IconSearch size={14} aria-hidden="true" />}
          placeholder="Name, ID, record, finding"
          aria-label="Search the worklist"
          value={query.search}
          onChange={(event) => change({ search: event.currentTarget.value })}
        />
        <Select
          size="xs"
          w={132}
          aria-label="Urgency"
          allowDeselect={false}
          data={[
            { value: 'all', label: 'Any urgency' },
            { value: 'urgent', label: 'Urgent' },
            { value: 'attention', label: 'Attention' },
            { value: 'information', label: 'Routine' },
          ]}
          value={query.severity}
          onChange={(value) => change({ severity: (value ?? 'all') as Severity | 'all' })}
        />
        <Select
          size="xs"
          w={132}
          aria-label="Status"
          allowDeselect={false}
          data={[
            { value: 'all', label: 'Any status' },
            ...STATUSES.map((status) => ({ value: status, label: statusWord(status) })),
          ]}
          value={query.status}
          onChange={(value) => change({ status: (value ?? 'all') as StudyStatus | 'all' })}
        />
        <Menu closeOnItemClick={false} shadow="none">
          <Menu.Target>
            <Button variant="default" leftSection={<IconColumns3 size={14} aria-hidden="true" />}>
              Columns
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {WORKLIST_COLUMNS.map((column) => (
              <Menu.Item
                key={column}
                role="menuitemcheckbox"
                aria-checked={columns.includes(column)}
                onClick={() => toggleColumn(column)}
                leftSection={<Checkbox.Indicator size="xs" checked={columns.includes(column)} />}
              >
                {COLUMN_NAMES[column]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
        <div className={classes.gap} />
        <Button
          variant="default"
          leftSection={<IconFolderOpen size={14} aria-hidden="true" />}
          onClick={() => openFiles('folder')}
        >
          Open folder…
        </Button>
        <Button leftSection={<IconFile size={14} aria-hidden="true" />} onClick={() => openFiles('files')}>
          Open files…
        </Button>
      </header>
      {error !== null && <ErrorNotice error={error} />}
      {studies.length === 0 && studiesState === 'loaded' ? (
        <div className={componentClasses.empty}>
          <p>
            Drop ECG recordings or DICOM images, or a folder of them, anywhere on this window; they are
            analysed here and never leave this computer.
          </p>
          <Button size="sm" onClick={() => void importSamples()}>
            Import the sample recordings
          </Button>
        </div>
      ) : (
        <Table rows={rows} query={query} columns={columns} onSort={change} />
      )}
      <footer className={classes.foot}>
        {rows.length === studies.length
          ? `${studies.length} ${studies.length === 1 ? 'study' : 'studies'}`
          : `${rows.length} of ${studies.length} studies`}
        {rows.length === 0 && studies.length > 0 && (
          <UnstyledButton className={componentClasses.linkButton} onClick={() => setQuery(FIRST_QUERY)}>
            Show all
          </UnstyledButton>
        )}
      </footer>
    </main>
  );
}

interface TableProps {
  rows: WorklistRow[];
  query: WorklistQuery;
  columns: readonly OptionalColumn[];
  onSort: (part: Partial<WorklistQuery>) => void;
}

function Table({ rows, query, columns, onSort }: TableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const shown = (column: OptionalColumn) => columns.includes(column);

  function head(key: SortKey, name: string, className?: string): ReactNode {
    const active = query.sort === key;
    return (
      <th
        scope="col"
        className={className}
        aria-sort={active ? (query.descending ? 'descending' : 'ascending') : 'none'}
      >
        <UnstyledButton
          className={classes.sort}
          onClick={() =>
            onSort({
              sort: key,
              descending: active
                ? !query.descending
                : ['urgency', 'review', 'recorded', 'imported'].includes(key),
            })
          }
        >
          {name}
          {active &&
            (query.descending ? (
              <IconChevronDown size={12} aria-hidden="true" />
            ) : (
              <IconChevronUp size={12} aria-hidden="true" />
            ))}
        </UnstyledButton>
      </th>
    );
  }

  function key(event: KeyboardEvent<HTMLTableRowElement>, index: number) {
    if (event.key === 'Enter') {
      goTo(placeOf(rows[index]!));
      return;
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const next = Math.max(0, Math.min(rows.length - 1, index + (event.key === 'ArrowDown' ? 1 : -1)));
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`tr[data-index="${next}"]`)?.focus();
    });
  }

  return (
    <section
      className={classes.scroller}
      ref={scroller}
      tabIndex={rows.length === 0 ? undefined : 0}
      aria-label="Studies"
    >
      <table className={classes.table} aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {head('urgency', 'Urgency', classes.urgencyColumn)}
            {head('patient', 'Patient')}
            {shown('recorded') && head('recorded', 'Recorded')}
            {shown('duration') && head('duration', 'Length')}
            {shown('leads') && <th scope="col">Leads, modality</th>}
            {shown('imported') && head('imported', 'Imported')}
            <th scope="col">Most severe finding</th>
            {head('review', 'Uncertainty')}
            {head('status', 'Status')}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr style={{ height: before }} />}
          {items.map(({ index }) => {
            const study = rows[index]!;
            return (
              <tr
                key={study.id}
                data-index={index}
                data-study={study.id}
                aria-rowindex={index + 2}
                tabIndex={0}
                className={classes.row}
                style={{ height: ROW_PX }}
                onClick={() => goTo(placeOf(study))}
                onKeyDown={(event) => key(event, index)}
              >
                <td>
                  {study.severity !== null ? (
                    <SeverityTag severity={study.severity} />
                  ) : (
                    study.status === 'refused' && <UnjudgedTag text="Not known" />
                  )}
                </td>
                <td>
                  <div className={classes.patient}>
                    {study.patient.name === '' ? study.recordName : patientName(study.patient)}
                  </div>
                  <div className="k-quiet k-small">
                    {[
                      ...(study.patient.name === '' ? [] : [study.recordName]),
                      ...studyParticulars(study),
                    ].join(' · ')}
                  </div>
                </td>
                {shown('recorded') && <td className="k-number">{moment(study.recordedAt)}</td>}
                {shown('duration') && (
                  <td className="k-number">
                    {study.durationSeconds === null ? '' : duration(study.durationSeconds)}
                  </td>
                )}
                {shown('leads') && <td className={classes.leads}>{study.leads.join(', ')}</td>}
                {shown('imported') && <td className="k-number">{moment(study.importedAt)}</td>}
                <td className={classes.headline} title={study.headline ?? undefined}>
                  {study.headline ?? ''}
                </td>
                <td>
                  {study.status === 'refused' ? (
                    <div>{recommendationWord('refuse')}</div>
                  ) : (
                    study.kind === 'image' &&
                    study.recommendation !== null && <div>{recommendationWord(study.recommendation)}</div>
                  )}
                  {study.reviewFraction !== null && study.status !== 'refused' && (
                    <>
                      <div>{reviewWord(study.reviewFraction)}</div>
                      <div className="k-quiet k-small k-number">{percent(study.reviewFraction)} of beats</div>
                    </>
                  )}
                </td>
                <td>
                  <StatusTag status={study.status} />
                </td>
              </tr>
            );
          })}
          {after > 0 && <tr style={{ height: after }} />}
        </tbody>
      </table>
    </section>
  );
}
