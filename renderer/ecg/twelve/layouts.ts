/** How the leads of a 12-lead recording stand on a page: rows of stretches of time. */

export const STANDARD_LEADS: readonly string[] = [
  'I',
  'II',
  'III',
  'aVR',
  'aVL',
  'aVF',
  'V1',
  'V2',
  'V3',
  'V4',
  'V5',
  'V6',
];

export const LAYOUTS = ['3x4+1', '6x2', '12x1', 'rhythm'] as const;
export type Layout = (typeof LAYOUTS)[number];

export const LAYOUT_NAMES: Readonly<Record<Layout, string>> = {
  '3x4+1': '3 × 4 + 1',
  '6x2': '6 × 2',
  '12x1': '12 × 1',
  rhythm: 'Rhythm strip',
};

/** Seconds that a page shows. */
export const PAGE_SECONDS = 10;

export interface LeadCell {
  /** Index in the recording. */
  lead: number;
  name: string;
  row: number;
  /** Seconds from the page's left edge; leads of a row follow one another in time. */
  fromSeconds: number;
  toSeconds: number;
}

export interface LeadPage {
  rows: number;
  cells: LeadCell[];
}

/** @param rhythmLead the lead of the rhythm strip, by index in the recording */
export function leadPage(layout: Layout, leads: readonly string[], rhythmLead: number): LeadPage {
  if (layout === 'rhythm') return { rows: 1, cells: [rhythmCell(leads, rhythmLead, 0)] };
  const columns = { '3x4+1': 4, '6x2': 2, '12x1': 1 }[layout];
  const rows = STANDARD_LEADS.length / columns;
  const seconds = PAGE_SECONDS / columns;
  const cells = STANDARD_LEADS.flatMap((name, place): LeadCell[] => {
    const lead = leads.indexOf(name);
    const column = Math.floor(place / rows);
    return lead < 0
      ? []
      : [
          {
            lead,
            name,
            row: place % rows,
            fromSeconds: column * seconds,
            toSeconds: (column + 1) * seconds,
          },
        ];
  });
  if (layout !== '3x4+1') return { rows, cells };
  return { rows: rows + 1, cells: [...cells, rhythmCell(leads, rhythmLead, rows)] };
}

function rhythmCell(leads: readonly string[], lead: number, row: number): LeadCell {
  return { lead, name: leads[lead] ?? '', row, fromSeconds: 0, toSeconds: PAGE_SECONDS };
}

/** Lead II where there is one, else V1, else the first. */
export function usualRhythmLead(leads: readonly string[]): number {
  for (const name of ['II', 'MLII', 'V1']) if (leads.includes(name)) return leads.indexOf(name);
  return 0;
}
