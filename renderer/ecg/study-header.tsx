/** Whose recording this is, what is urgent in it, and what can be done with the study. */
import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconFileExport } from '@tabler/icons-react';
import type { Finding } from '../../src/contract/ecg.ts';
import type { ReportFormat } from '../../src/contract/protocol.ts';
import type { StudyDetail } from '../../src/contract/study.ts';
import { SeverityTag, StatusTag } from '../components/severity-tag.tsx';
import { duration, moment, studyParticulars } from '../words/format.ts';
import classes from './ecg.module.css';

interface StudyHeaderProps {
  study: StudyDetail;
  exporting: boolean;
  onConfirm: () => void;
  onReopen: () => void;
  onExport: (format: ReportFormat) => void;
}

const FORMATS: { format: ReportFormat; label: string }[] = [
  { format: 'pdf', label: 'Report as PDF…' },
  { format: 'json', label: 'Report as JSON…' },
  { format: 'wfdb', label: 'Beats as WFDB annotations…' },
];

function mostUrgent(findings: readonly Finding[]): Finding | undefined {
  return findings.find((finding) => finding.severity === 'urgent');
}

export function StudyHeader({ study, exporting, onConfirm, onReopen, onExport }: StudyHeaderProps) {
  const urgent = mostUrgent(study.findings);
  const reportable = study.summary !== null || study.status === 'refused';
  return (
    <header className={classes.header}>
      <div className={classes.who}>
        <h1>{study.patient.name === '' ? `Record ${study.recordName}` : study.patient.name}</h1>
        <p>
          {[
            ...studyParticulars(study),
            ...(study.patient.name === '' ? [] : [`record ${study.recordName}`]),
            ...(study.recordedAt === null ? [] : [moment(study.recordedAt)]),
            duration(study.durationSeconds),
            `${study.samplingRateHz} Hz`,
          ].join(' · ')}
        </p>
      </div>
      <div className={classes.gap} />
      {urgent !== undefined && <SeverityTag severity="urgent" text={urgent.label} />}
      <span data-testid="study-status" title={study.confirmed === null ? undefined : confirmedBy(study)}>
        <StatusTag status={study.status} />
      </span>
      <Menu position="bottom-end" shadow="none">
        <Menu.Target>
          <Button
            variant="default"
            loading={exporting}
            disabled={!reportable}
            leftSection={<IconFileExport size={14} aria-hidden="true" />}
            rightSection={<IconChevronDown size={12} aria-hidden="true" />}
          >
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {FORMATS.map(({ format, label }) => (
            <Menu.Item key={format} onClick={() => onExport(format)}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {study.status === 'preliminary' && <Button onClick={onConfirm}>Confirm…</Button>}
      {study.status === 'confirmed' && (
        <Button variant="default" onClick={onReopen}>
          Reopen…
        </Button>
      )}
    </header>
  );
}

function confirmedBy(study: StudyDetail): string {
  return `Confirmed by ${study.confirmed?.by ?? ''}, ${moment(study.confirmed?.at ?? null)}`;
}
