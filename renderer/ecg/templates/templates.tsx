/** Beats by shape: what each template looks like, what its beats are called, its beats one by one, a label for all. */
import { Loader, UnstyledButton } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { BeatTemplate } from '../../../src/contract/beat-templates.ts';
import { BEAT_CLASSES, type BeatClass, type BeatTable } from '../../../src/contract/ecg.ts';
import type { StudyDetail } from '../../../src/contract/study.ts';
import { useActions } from '../../actions/actions.ts';
import { ClassMark } from '../../components/class-mark.tsx';
import { ErrorNotice } from '../../components/error-notice.tsx';
import { beatClassName } from '../../components/mark-shape.ts';
import { ToolButton } from '../../components/tool-button.tsx';
import { canvasPalette } from '../../theme/canvas-palette.ts';
import { count, elapsed, percent } from '../../words/format.ts';
import { aleatoricWord, epistemicWord } from '../../words/uncertainty-words.ts';
import { NOMINAL_PX_PER_MM } from '../strip/geometry.ts';
import { Strip } from '../strip/strip.tsx';
import { type StripView, useStripView } from '../strip/strip-view.ts';
import type { StripMoves } from '../strip-moves.ts';
import { useDrawing } from '../summary/use-drawing.ts';
import { drawTemplate, rangeOf } from './draw-template.ts';
import { membersOf, nextMember } from './members.ts';
import classes from './templates.module.css';
import { useTemplates } from './use-templates.ts';

interface TemplatesProps {
  study: StudyDetail;
  beats: BeatTable;
  view: StripView;
  moves: StripMoves;
  scheme: 'light' | 'dark';
  editable: boolean;
  /** All beats of a template take a class, as one step that is undone as one. */
  onRelabel: (samples: Int32Array, label: BeatClass, group: string) => void;
}

export function Templates({ study, beats, view, moves, scheme, editable, onRelabel }: TemplatesProps) {
  const { templates: found, error } = useTemplates(study.id, beats);
  const [chosen, setChosen] = useState(0);
  const selectedSample = useStripView(view, (state) => state.selectedSample);
  const list = useRef<HTMLDivElement>(null);
  const templates = found?.templates ?? [];
  const template = templates.find(({ id }) => id === chosen) ?? templates[0];
  const members = useMemo(
    () =>
      found === null || template === undefined ? new Int32Array(0) : membersOf(found, beats, template.id),
    [found, beats, template],
  );
  const range = useMemo(() => rangeOf(found?.templates ?? []), [found]);
  const at = selectedSample === null ? -1 : members.indexOf(selectedSample);

  const toSample = useCallback(
    (sample: number) => {
      view.set({ selectedSample: sample });
      moves.centreOn(sample / study.samplingRateHz);
    },
    [view, moves, study.samplingRateHz],
  );

  function choose(next: BeatTemplate | undefined) {
    if (next === undefined) return;
    setChosen(next.id);
    toSample(next.exampleSample);
  }

  // The first template's example is shown without being asked for.
  const shownFirst = useRef(false);
  useEffect(() => {
    const first = found?.templates[0];
    if (first === undefined || shownFirst.current) return;
    shownFirst.current = true;
    toSample(first.exampleSample);
  }, [found, toSample]);

  useEffect(() => {
    list.current?.querySelector(`[data-template="${chosen}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  function step(direction: 1 | -1) {
    const index = templates.findIndex(({ id }) => id === template?.id);
    choose(templates[index + direction]);
  }

  function member(direction: 1 | -1) {
    const sample = members[nextMember(members, selectedSample, direction)];
    if (sample !== undefined) toSample(sample);
  }

  function relabel(label: BeatClass) {
    if (template !== undefined && members.length > 0) onRelabel(members, label, nameOf(template));
  }

  const can = template !== undefined;
  useActions([
    {
      id: 'next-template',
      label: 'Next template',
      group: 'Go',
      keys: ['ArrowDown'],
      enabled: can,
      run: () => step(1),
    },
    {
      id: 'previous-template',
      label: 'Previous template',
      group: 'Go',
      keys: ['ArrowUp'],
      enabled: can,
      run: () => step(-1),
    },
    {
      id: 'next-member',
      label: 'Next beat of the template',
      group: 'Go',
      keys: ['ArrowRight'],
      enabled: can,
      run: () => member(1),
    },
    {
      id: 'previous-member',
      label: 'Previous beat of the template',
      group: 'Go',
      keys: ['ArrowLeft'],
      enabled: can,
      run: () => member(-1),
    },
    ...BEAT_CLASSES.map((label) => ({
      id: `relabel-template-${label}`,
      label: `Label all beats of the template ${label}: ${beatClassName(label)}`,
      group: 'Beats' as const,
      keys: [`shift+${label.toLowerCase()}`],
      enabled: can && editable,
      run: () => relabel(label),
    })),
  ]);

  if (error !== null && found === null) {
    return (
      <div className={classes.empty}>
        <ErrorNotice error={error} />
      </div>
    );
  }
  if (found === null || template === undefined) {
    return (
      <div className={classes.empty} aria-busy={found === null}>
        {found === null ? (
          <>
            <Loader size="sm" /> Beats are being compared by shape.
          </>
        ) : (
          'There are no beats to compare.'
        )}
      </div>
    );
  }
  return (
    <div className={classes.templates}>
      <div className={classes.list} ref={list} data-testid="templates">
        {templates.map((each) => (
          <TemplateRow
            key={each.id}
            template={each}
            chosen={each.id === template.id}
            rPeak={found.rPeak}
            range={range}
            scheme={scheme}
            onChoose={() => choose(each)}
          />
        ))}
      </div>
      <div className={classes.members}>
        <div className={classes.bar} role="toolbar" aria-label="Beats of the template">
          <strong>{nameOf(template)}</strong>
          <ToolButton label="Previous beat of the template" shortcut="ArrowLeft" onClick={() => member(-1)}>
            <IconChevronLeft size={16} aria-hidden="true" />
          </ToolButton>
          <span className="k-number" data-testid="member">
            {at < 0 ? '–' : count(at + 1)} of {count(members.length)}
          </span>
          <ToolButton label="Next beat of the template" shortcut="ArrowRight" onClick={() => member(1)}>
            <IconChevronRight size={16} aria-hidden="true" />
          </ToolButton>
          <span className="k-quiet">
            {template.aleatoric !== null && aleatoricWord(template.aleatoric)}
            {template.epistemic !== null && `; ${epistemicWord(template.epistemic)}`}
            {` · likeness ${template.likeness.toFixed(2)}`}
          </span>
        </div>
        <Strip
          study={study}
          beats={beats}
          view={view}
          pxPerMm={NOMINAL_PX_PER_MM}
          scheme={scheme}
          spoken={`${nameOf(template)}, beat ${at + 1} of ${members.length}, ${selectedSample === null ? '' : elapsed(selectedSample / study.samplingRateHz)}.`}
        />
        {editable && (
          <div className={classes.bar} role="toolbar" aria-label="Label all beats of the template">
            All {count(members.length)} beats are
            {BEAT_CLASSES.map((label) => (
              <ToolButton
                key={label}
                label={`Label all ${label}: ${beatClassName(label)}`}
                shortcut={`shift+${label.toLowerCase()}`}
                onClick={() => relabel(label)}
              >
                <ClassMark label={label} size={9} /> {label}
              </ToolButton>
            ))}
            <span className="k-quiet k-small">one step, undone as one</span>
          </div>
        )}
      </div>
    </div>
  );
}

function nameOf(template: BeatTemplate): string {
  return `Template ${template.id + 1}`;
}

interface TemplateRowProps {
  template: BeatTemplate;
  chosen: boolean;
  rPeak: number;
  range: [number, number];
  scheme: 'light' | 'dark';
  onChoose: () => void;
}

function TemplateRow({ template, chosen, rPeak, range, scheme, onChoose }: TemplateRowProps) {
  const [low, high] = range;
  const draw = useCallback(
    (ctx: CanvasRenderingContext2D, widthPx: number, heightPx: number) =>
      drawTemplate(ctx, {
        widthPx,
        heightPx,
        template,
        rPeak,
        lowMillivolts: low,
        highMillivolts: high,
        palette: canvasPalette(scheme),
      }),
    [template, rPeak, low, high, scheme],
  );
  const canvas = useDrawing(draw);
  const present = template.classes.filter(({ beats }) => beats > 0).sort((a, b) => b.beats - a.beats);
  return (
    <UnstyledButton
      className={classes.row}
      aria-pressed={chosen}
      data-template={template.id}
      onClick={onChoose}
    >
      <span className={classes.head}>
        <ClassMark label={template.label} size={10} />
        <strong>{nameOf(template)}</strong>
        <span className="k-number">{count(template.beats)}</span>
        <span className="k-quiet k-number">{percent(template.share)}</span>
      </span>
      <canvas
        ref={canvas}
        className={classes.wave}
        role="img"
        aria-label={`Median beat of ${nameOf(template)}`}
      />
      <span className={classes.head}>
        {present.map(({ label, beats }) => (
          <span key={label} className="k-number k-small">
            {label} {count(beats)}
          </span>
        ))}
        {template.reviewFraction > 0 && (
          <span className="k-quiet k-small">{percent(template.reviewFraction, 0)} to review</span>
        )}
      </span>
    </UnstyledButton>
  );
}
