/** The views of one ECG study: the strip, and what is seen of the whole recording. */
import type { StudyDetail } from '../../src/contract/study.ts';
import { STANDARD_LEADS } from './twelve/layouts.ts';

export const ECG_VIEWS = ['strip', 'summary', 'disclosure', 'templates', 'twelve', 'median'] as const;
export type EcgView = (typeof ECG_VIEWS)[number];

export const VIEW_NAMES: Readonly<Record<EcgView, string>> = {
  strip: 'Strip',
  summary: 'Summary',
  disclosure: 'Full disclosure',
  templates: 'Templates',
  twelve: '12 leads',
  median: 'Median beat',
};

/** Leads from which on the layouts of a 12-lead recording are offered. */
const FEWEST_STANDARD_LEADS = 6;

/** What a study has something to show in. */
export function viewsOf({ leads, summary }: Pick<StudyDetail, 'leads' | 'summary'>): readonly EcgView[] {
  const standard = leads.filter((lead) => STANDARD_LEADS.includes(lead)).length;
  const has: Readonly<Record<EcgView, boolean>> = {
    strip: true,
    summary: summary !== null,
    disclosure: true,
    templates: (summary?.beats.total ?? 0) > 0,
    twelve: standard >= FEWEST_STANDARD_LEADS,
    median: (summary?.intervals?.medianBeat ?? null) !== null,
  };
  return ECG_VIEWS.filter((view) => has[view]);
}
