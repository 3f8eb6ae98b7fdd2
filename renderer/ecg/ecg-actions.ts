/** Everything that keys and the palette reach on the ECG screen, whichever view is shown. */
import { BEAT_CLASSES, type BeatClass } from '../../src/contract/ecg.ts';
import type { ReportFormat } from '../../src/contract/protocol.ts';
import type { Action } from '../actions/actions.ts';
import { beatClassName } from '../components/mark-shape.ts';
import { BEAT_KINDS, EVENT_WORDS, type EventKind, SPAN_KINDS } from './events.ts';
import type { StudyDialog } from './study-dialogs.tsx';
import { type EcgView, VIEW_NAMES } from './views.ts';

export interface EcgCommands {
  /** Present kinds of events; others are greyed. */
  kinds: ReadonlySet<EventKind>;
  hasBeats: boolean;
  hasSelection: boolean;
  measuring: boolean;
  canUndo: boolean;
  canRedo: boolean;
  canConfirm: boolean;
  canReopen: boolean;
  canReanalyse: boolean;
  next: (kind: EventKind, direction: 1 | -1) => void;
  nextBeat: (direction: 1 | -1) => void;
  page: (part: number) => void;
  toStart: () => void;
  toEnd: () => void;
  relabel: (label: BeatClass) => void;
  add: () => void;
  remove: () => void;
  undo: () => void;
  redo: () => void;
  deselect: () => void;
  calipers: () => void;
  moveCaliper: (direction: 1 | -1) => void;
  gain: (direction: 1 | -1) => void;
  speed: (direction: 1 | -1) => void;
  nextFilter: () => void;
  views: readonly EcgView[];
  show: (view: EcgView) => void;
  open: (dialog: StudyDialog) => void;
  reanalyse: () => void;
  exportReport: (format: ReportFormat) => void;
}

type Group = Action['group'];

function action(
  group: Group,
  id: string,
  label: string,
  keys: readonly string[],
  run: () => void,
  enabled = true,
): Action {
  return { id, label, group, keys, enabled, run };
}

export function ecgActions(view: EcgView, to: EcgCommands): Action[] {
  return [
    ...to.views.map((each, i) =>
      action('View', `view-${each}`, `Show: ${VIEW_NAMES[each]}`, [String(i + 1)], () => to.show(each)),
    ),
    ...eventActions(to),
    ...(view === 'strip' ? stripActions(to) : []),
    ...beatActions(view, to),
    ...studyActions(to),
  ];
}

function eventActions(to: EcgCommands): Action[] {
  return [...BEAT_KINDS, ...SPAN_KINDS].flatMap((kind) => {
    const { name, key } = EVENT_WORDS[kind];
    const before = key.startsWith('alt+') ? key.replace('alt+', 'alt+shift+') : `shift+${key}`;
    const here = to.kinds.has(kind);
    return [
      action('Go', `next-${kind}`, `Next ${name}`, [key], () => to.next(kind, 1), here),
      action('Go', `previous-${kind}`, `Previous ${name}`, [before], () => to.next(kind, -1), here),
    ];
  });
}

function stripActions(to: EcgCommands): Action[] {
  return [
    action('Go', 'page-forward', 'Forward one screen', ['PageDown'], () => to.page(0.9)),
    action('Go', 'page-back', 'Back one screen', ['PageUp'], () => to.page(-0.9)),
    action('Go', 'to-start', 'To the start', ['Home'], to.toStart),
    action('Go', 'to-end', 'To the end', ['End'], to.toEnd),
    action('View', 'calipers', 'Calipers', ['c'], to.calipers),
    action(
      'View',
      'caliper-right',
      'Caliper 10 ms to the right',
      ['shift+ArrowRight'],
      () => to.moveCaliper(1),
      to.measuring,
    ),
    action(
      'View',
      'caliper-left',
      'Caliper 10 ms to the left',
      ['shift+ArrowLeft'],
      () => to.moveCaliper(-1),
      to.measuring,
    ),
    action('View', 'gain-up', 'More gain', ['+', '='], () => to.gain(1)),
    action('View', 'gain-down', 'Less gain', ['-'], () => to.gain(-1)),
    action('View', 'speed-up', 'Faster paper', [']'], () => to.speed(1)),
    action('View', 'speed-down', 'Slower paper', ['['], () => to.speed(-1)),
  ];
}

function beatActions(view: EcgView, to: EcgCommands): Action[] {
  const { hasBeats, hasSelection } = to;
  const general = [
    action('View', 'next-filter', 'Next filter of the screen', ['h'], to.nextFilter),
    ...BEAT_CLASSES.map((label) =>
      action(
        'Beats',
        `relabel-${label}`,
        `Label the selected beat ${label}: ${beatClassName(label)}`,
        [label.toLowerCase()],
        () => to.relabel(label),
        hasSelection,
      ),
    ),
    action('Beats', 'delete-beat', 'Delete the selected beat', ['Delete'], to.remove, hasSelection),
    action('Beats', 'undo', 'Undo the last correction', ['mod+z'], to.undo, to.canUndo),
    action('Beats', 'redo', 'Redo the correction', ['mod+shift+z', 'mod+y'], to.redo, to.canRedo),
    action('Beats', 'deselect', 'Deselect; put the calipers away', ['Escape'], to.deselect),
  ];
  // The median beat uses the arrows for its limits, and its undo takes a moving limit first.
  if (view === 'median') return [];
  return [
    // Among templates the arrows go through the beats of one.
    ...(view === 'templates'
      ? []
      : [
          action('Go', 'next-beat', 'Next beat', ['ArrowRight'], () => to.nextBeat(1), hasBeats),
          action('Go', 'previous-beat', 'Previous beat', ['ArrowLeft'], () => to.nextBeat(-1), hasBeats),
        ]),
    ...(view === 'strip'
      ? [action('Beats', 'add-beat', 'Add a beat at the calipers or pointer', ['a'], to.add, hasBeats)]
      : []),
    ...general,
  ];
}

function studyActions(to: EcgCommands): Action[] {
  return [
    action('Study', 'confirm', 'Confirm the study…', ['mod+Enter'], () => to.open('confirm'), to.canConfirm),
    action('Study', 'reopen', 'Reopen the study…', [], () => to.open('reopen'), to.canReopen),
    action('Study', 'remove', 'Remove the study…', [], () => to.open('remove')),
    action('Study', 'reanalyse', 'Analyse again', [], to.reanalyse, to.canReanalyse),
    action('Study', 'export-pdf', 'Export the report as PDF…', ['mod+p'], () => to.exportReport('pdf')),
    action('Study', 'export-json', 'Export the report as JSON…', [], () => to.exportReport('json')),
    action('Study', 'export-wfdb', 'Export beats as WFDB annotations…', [], () => to.exportReport('wfdb')),
  ];
}
