/** A study of images: the image with its drawings, a prior beside it, what the network and the reader say. */
import { Button, Menu, Tabs, UnstyledButton } from '@mantine/core';
import { IconFileExport } from '@tabler/icons-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { WindowPreset } from '../../src/contract/imaging.ts';
import type {
  Annotation,
  ImagingObject,
  ImagingStudyDetail,
  ImagingStudyRow,
  Reading,
  SimilarImage,
} from '../../src/contract/imaging-study.ts';
import { type Action, useActions } from '../actions/actions.ts';
import { request } from '../client.ts';
import componentClasses from '../components/components.module.css';
import { ErrorNotice } from '../components/error-notice.tsx';
import { SeverityTag, StatusTag } from '../components/severity-tag.tsx';
import ecgClasses from '../ecg/ecg.module.css';
import inspectorClasses from '../ecg/inspector/inspector.module.css';
import { ProvenancePanel } from '../ecg/inspector/provenance-panel.tsx';
import { ReasonDialog } from '../ecg/sign-off.tsx';
import { usePreferences } from '../theme/preferences.ts';
import { bodyOf } from '../words/error-words.ts';
import { moment, patientName, patientParticulars } from '../words/format.ts';
import { goTo } from '../workspace/workspace.ts';
import { cornerText, hanging, hungPair, objectName } from './corner-text.ts';
import { DocumentView } from './document-view.tsx';
import { ImageTools, type Layout, toggledEvidence } from './image-tools.tsx';
import { AnswerPanel } from './inspector/answer-panel.tsx';
import { DocumentPanel } from './inspector/document-panel.tsx';
import { ReadingPanel } from './inspector/reading-panel.tsx';
import { TechniquePanel } from './inspector/technique-panel.tsx';
import { NoteDialog } from './note-dialog.tsx';
import classes from './radiograph.module.css';
import { TOOLS, type Tool } from './tools/tools.ts';
import { useDrawings } from './use-drawings.ts';
import { useFrame, useImagingStudy, useSaliency } from './use-imaging-study.ts';
import type { EvidenceMap } from './view/draw-image.ts';
import { ImageViewport } from './view/image-viewport.tsx';
import { lifeSizeZoom } from './view/view-transform.ts';
import { FRESH, type Seen, stepped, type ViewportState, type ViewStep } from './view/viewport-state.ts';

/** The image being read, and the one beside it: of a prior or of the same study. */
type Side = 'current' | 'beside';

const FRAME_MS = 100;
/** CSS defines 96 pixels an inch; what the display makes of it is known after the ruler only. */
const NOMINAL_PX_PER_MM = 96 / 25.4;

export function RadiographScreen({ studyId }: { studyId: string }) {
  const { load, changed, again } = useImagingStudy(studyId);
  if (load.state === 'loading') {
    return <main className={ecgClasses.screen} aria-busy="true" aria-label="Radiograph" />;
  }
  if (load.state === 'failed') {
    return (
      <main className={ecgClasses.screen} aria-label="Radiograph">
        <div className={componentClasses.empty}>
          <ErrorNotice error={load.error} action={{ label: 'Try again', run: again }} />
          <Button variant="default" onClick={() => goTo({ screen: 'worklist' })}>
            Back to the worklist
          </Button>
        </div>
      </main>
    );
  }
  return <LoadedImages study={load.study} changed={changed} />;
}

/** A study of the same patient that is shown beside the present one. */
function usePriors(studyId: string): readonly ImagingStudyRow[] {
  const [priors, setPriors] = useState<readonly ImagingStudyRow[]>([]);
  useEffect(() => {
    let gone = false;
    request('imaging.priors', { studyId }).then(
      (found) => !gone && setPriors(found),
      () => !gone && setPriors([]),
    );
    return () => {
      gone = true;
    };
  }, [studyId]);
  return priors;
}

function usePrior(priorId: string | null): ImagingStudyDetail | null {
  const [prior, setPrior] = useState<ImagingStudyDetail | null>(null);
  useEffect(() => {
    if (priorId === null) return;
    let gone = false;
    request('imaging.get', { studyId: priorId }).then(
      (study) => !gone && setPrior(study),
      () => !gone && setPrior(null),
    );
    return () => {
      gone = true;
    };
  }, [priorId]);
  return prior?.id === priorId ? prior : null;
}

function useSimilar(objectId: string | null, asked: boolean): readonly SimilarImage[] {
  const [similar, setSimilar] = useState<readonly SimilarImage[]>([]);
  useEffect(() => {
    if (objectId === null || !asked) {
      setSimilar([]);
      return;
    }
    let gone = false;
    request('imaging.similar', { objectId, count: 5 }).then(
      (found) => !gone && setSimilar(found),
      () => !gone && setSimilar([]),
    );
    return () => {
      gone = true;
    };
  }, [objectId, asked]);
  return similar;
}

interface LoadedImagesProps {
  study: ImagingStudyDetail;
  changed: (study: ImagingStudyDetail) => void;
}

function LoadedImages({ study, changed }: LoadedImagesProps) {
  const { pxPerMm } = usePreferences();
  const images = useMemo(() => hanging(study.images), [study.images]);
  const [objectId, setObjectId] = useState(images[0]?.id ?? null);
  const object = images.find(({ id }) => id === objectId) ?? images[0] ?? null;
  const [frame, setFrame] = useState(0);
  const [view, setView] = useState<ViewportState>(FRESH);
  const [besideView, setBesideView] = useState<ViewportState>(FRESH);
  const [besideFrame, setBesideFrame] = useState(0);
  const [tool, setTool] = useState<Tool>('window');
  const [selected, setSelected] = useState<string | null>(null);
  const [showText, setShowText] = useState(true);
  const [playing, setPlaying] = useState(false);
  const [evidence, setEvidence] = useState<EvidenceMap>({ kind: 'none' });
  const [active, setActive] = useState<Side>('current');
  const pair = useMemo(() => hungPair(images), [images]);
  const [layout, setLayout] = useState<Layout>(pair === null ? 'one' : 'two');
  const [priorId, setPriorId] = useState<string | null>(null);
  const [besideId, setBesideId] = useState<string | null>(null);
  const [linked, setLinked] = useState(pair === null);
  const [dialog, setDialog] = useState<'reopen' | 'remove' | null>(null);
  const [noting, setNoting] = useState<{ on: ImagingObject; note: Annotation } | null>(null);
  const [error, setError] = useState<ErrorBody | null>(null);
  const [saved, setSaved] = useState<string | null>(null);
  const seen = useRef<Record<Side, Seen | null>>({ current: null, beside: null });

  const load = useFrame(object, frame);
  const saliency = useSaliency(object);
  const priors = usePriors(study.id);
  const prior = usePrior(layout === 'prior' ? (priorId ?? priors[0]?.id ?? null) : null);
  const pictures = images.filter(({ content }) => content === 'image');
  const others =
    layout === 'prior'
      ? prior === null
        ? []
        : hanging(prior.images).filter(({ content }) => content === 'image')
      : pictures.filter(({ id }) => id !== object?.id);
  const besideStudy = layout === 'prior' ? prior : study;
  const besideObject =
    layout === 'one'
      ? null
      : (others.find(({ id }) => id === besideId) ??
        others.find(({ id }) => id === pair?.right || id === pair?.left) ??
        others[0] ??
        null);
  const besideLoad = useFrame(besideObject, besideFrame);
  const comparing = besideObject !== null;
  const similar = useSimilar(object?.id ?? null, (object?.analysis ?? null) !== null);

  const drawings = useDrawings(keep);
  const editable = study.status !== 'confirmed';
  /** Another study is opened to be drawn on. */
  const besideEditable = editable && layout === 'two';
  /** What was touched last is what undo and delete are for. */
  const drawnOn = active === 'beside' && besideEditable && besideObject !== null ? besideObject : object;
  const annotationState = drawings.of(drawnOn);
  const frameCount = object?.frameCount ?? 0;

  useEffect(() => {
    if (!playing || frameCount < 2) return;
    const timer = window.setInterval(
      () => setFrame((now) => (now + 1) % frameCount),
      object?.frameTimeMs ?? FRAME_MS,
    );
    return () => window.clearInterval(timer);
  }, [playing, frameCount, object?.frameTimeMs]);

  function show(next: ImagingObject | undefined) {
    if (next === undefined) return;
    setObjectId(next.id);
    setFrame(0);
    setView(FRESH);
    setSelected(null);
    setPlaying(false);
    if (layout === 'two') showBeside(null);
  }

  const place = object === null ? -1 : images.indexOf(object);

  /** The wheel and the arrows: frames of a film, else the images of the study. */
  function scroll(direction: 1 | -1) {
    if (frameCount > 1) setFrame(Math.max(0, Math.min(frameCount - 1, frame + direction)));
    else show(images[place + direction]);
  }

  /** What stands beside goes through its own frames, else through the other images it can show. */
  function scrollBeside(direction: 1 | -1) {
    if (besideObject === null) return;
    const { frameCount: count } = besideObject;
    if (count > 1) {
      setBesideFrame(Math.max(0, Math.min(count - 1, besideFrame + direction)));
      return;
    }
    const next = others[others.indexOf(besideObject) + direction];
    if (next !== undefined) showBeside(next.id);
  }

  function showBeside(id: string | null) {
    setBesideId(id);
    setBesideFrame(0);
    setBesideView(FRESH);
  }

  function lay(next: Layout) {
    setLayout(next);
    // A prior is looked at in the same place; two views of one chest are not.
    setLinked(next === 'prior');
    setActive('current');
    showBeside(null);
  }

  function step(which: Side, change: ViewStep, at: Seen) {
    seen.current[which] = at;
    const both = comparing && linked && change.kind !== 'preset' && change.kind !== 'window';
    if (which === 'current' || both) {
      const own = which === 'current' ? at : (seen.current.current ?? at);
      setView((before) => stepped(before, change, own));
    }
    if (which === 'beside' || both) {
      const own = which === 'beside' ? at : (seen.current.beside ?? at);
      setBesideView((before) => stepped(before, change, own));
    }
  }

  /** A command of the keyboard or tool bar, for the view that was used last. */
  function command(change: ViewStep) {
    const at = seenNow(active);
    if (at !== null) step(active, change, at);
  }

  function seenNow(which: Side): Seen | null {
    const known = seen.current[which];
    if (known !== null) return known;
    const loaded = which === 'current' ? load : besideLoad;
    if (loaded.state !== 'loaded') return null;
    const { image } = loaded;
    return { image, viewport: { width: image.width, height: image.height }, range: { low: 0, high: 1 } };
  }

  async function keep(work: () => Promise<void>) {
    try {
      setError(null);
      await work();
    } catch (thrown) {
      setError(bodyOf(thrown));
    }
  }

  function drawnNow(on: ImagingObject, annotations: Annotation[]) {
    const before = drawings.of(on).annotations;
    const note = annotations.find(
      (annotation) => annotation.kind === 'note' && !before.some(({ id }) => id === annotation.id),
    );
    if (note !== undefined) setNoting({ on, note });
    else drawings.save(on, annotations);
  }

  function travel(name: 'imaging.undoAnnotation' | 'imaging.redoAnnotation') {
    if (drawnOn !== null) drawings.travel(drawnOn, name);
  }

  function removeSelected() {
    if (drawnOn === null) return;
    drawings.save(
      drawnOn,
      annotationState.annotations.filter(({ id }) => id !== selected),
    );
    setSelected(null);
  }

  function exportReport(format: 'pdf' | 'json') {
    void keep(async () => {
      const { path } = await request('imaging.export', { studyId: study.id, format });
      setSaved(path);
    });
  }

  const canRemove =
    editable && selected !== null && annotationState.annotations.some(({ id }) => id === selected);
  const image = load.state === 'loaded' ? load.image : null;
  const presets = presetsOf(image?.presets ?? [], (preset) => command({ kind: 'preset', preset }));
  const spacing = image?.geometry.spacing ?? null;
  const lifeSize =
    spacing === null
      ? null
      : () =>
          command({
            kind: 'zoom-to',
            zoom: lifeSizeZoom(spacing.betweenRowsMm, pxPerMm ?? NOMINAL_PX_PER_MM),
          });
  const canUndo = editable && annotationState.canUndo;
  const canRedo = editable && annotationState.canRedo;
  const hasMap = saliency !== null;

  const action = (
    group: Action['group'],
    id: string,
    label: string,
    keys: readonly string[],
    run: () => void,
    enabled = true,
  ): Action => ({ group, id, label, keys, run, enabled });

  const toggleEvidence = (kind: 'saliency' | 'deviation') => setEvidence(toggledEvidence(evidence, kind));
  useActions([
    ...TOOLS.map(({ tool: each, label, key }) =>
      action('Image', `tool-${each}`, label, [key], () => setTool(each)),
    ),
    action('View', 'zoom-in', 'Closer', ['+'], () => command({ kind: 'zoom', factor: 1.25, at: null })),
    action('View', 'zoom-out', 'Further', ['-'], () => command({ kind: 'zoom', factor: 0.8, at: null })),
    action('View', 'fit', 'Whole image', ['='], () => command({ kind: 'fit' })),
    action('View', 'life-size', 'Life size', ['t'], () => lifeSize?.(), lifeSize !== null),
    action('View', 'turn-right', 'Turn right', ['r'], () => command({ kind: 'turn', quarters: 1 })),
    action('View', 'turn-left', 'Turn left', ['l'], () => command({ kind: 'turn', quarters: -1 })),
    action('View', 'flip-h', 'Flip left to right', ['h'], () =>
      command({ kind: 'flip', axis: 'horizontal' }),
    ),
    action('View', 'flip-v', 'Flip top to bottom', ['v'], () => command({ kind: 'flip', axis: 'vertical' })),
    action('View', 'invert', 'Invert', ['i'], () => command({ kind: 'invert' })),
    action('View', 'reset', 'Reset the view', [' '], () => command({ kind: 'reset' })),
    action('View', 'text', 'Text on the image', ['x'], () => setShowText(!showText)),
    ...presets
      .slice(0, 9)
      .map(({ name, choose }, i) =>
        action('View', `preset-${i + 1}`, `Window: ${name}`, [String(i + 1)], choose),
      ),
    action(
      'View',
      'evidence',
      'Where the answer comes from',
      ['s'],
      () => toggleEvidence('saliency'),
      hasMap,
    ),
    action(
      'View',
      'doubt',
      'How far the samples disagree about it',
      ['shift+s'],
      () => toggleEvidence('deviation'),
      hasMap,
    ),
    action('Go', 'next-frame', 'Next frame or image', ['ArrowDown', 'ArrowRight'], () => scroll(1)),
    action('Go', 'previous-frame', 'Previous frame or image', ['ArrowUp', 'ArrowLeft'], () => scroll(-1)),
    action(
      'Go',
      'next-image',
      'Next image',
      ['PageDown'],
      () => show(images[place + 1]),
      place + 1 < images.length,
    ),
    action('Go', 'previous-image', 'Previous image', ['PageUp'], () => show(images[place - 1]), place > 0),
    action('Go', 'first-frame', 'First frame', ['Home'], () => setFrame(0)),
    action('Go', 'last-frame', 'Last frame', ['End'], () => setFrame(Math.max(0, frameCount - 1))),
    action('View', 'cine', 'Play', ['c'], () => setPlaying(!playing), frameCount > 1),
    action('View', 'one', 'One image', [], () => lay('one'), layout !== 'one'),
    action(
      'View',
      'two',
      'Two images of the study',
      ['g'],
      () => lay(layout === 'two' ? 'one' : 'two'),
      pictures.length > 1,
    ),
    action(
      'View',
      'compare',
      'Prior beside',
      ['y'],
      () => lay(layout === 'prior' ? 'one' : 'prior'),
      priors.length > 0,
    ),
    action('View', 'link', 'Move both together', ['j'], () => setLinked(!linked), comparing),
    action('Image', 'undo-drawing', 'Undo', ['mod+z'], () => travel('imaging.undoAnnotation'), canUndo),
    action(
      'Image',
      'redo-drawing',
      'Redo',
      ['mod+shift+z', 'mod+y'],
      () => travel('imaging.redoAnnotation'),
      canRedo,
    ),
    action('Image', 'delete-drawing', 'Delete the selected drawing', ['Delete'], removeSelected, canRemove),
    action('Image', 'deselect-drawing', 'Deselect', ['Escape'], () => setSelected(null)),
    action(
      'Study',
      'confirm-images',
      'Confirm the study',
      ['mod+Enter'],
      () => void keep(async () => changed(await request('imaging.confirm', { studyId: study.id }))),
      editable && !readingMissing(study),
    ),
    action('Study', 'export-images-pdf', 'Export the report as PDF…', ['mod+p'], () => exportReport('pdf')),
    action('Study', 'export-images-json', 'Export the report as JSON…', [], () => exportReport('json')),
    action('Study', 'reopen-images', 'Reopen the study…', [], () => setDialog('reopen'), !editable),
    action('Study', 'remove-images', 'Remove the study…', [], () => setDialog('remove')),
    action(
      'Study',
      'reanalyse-images',
      'Analyse again',
      [],
      () =>
        void keep(async () => void (await request('imaging.reanalyse', { studyId: study.id, device: {} }))),
      editable,
    ),
  ]);

  return (
    <main className={ecgClasses.screen} aria-label="Radiograph" data-study={study.id}>
      <Header
        study={study}
        onExport={exportReport}
        onConfirm={() =>
          void keep(async () => changed(await request('imaging.confirm', { studyId: study.id })))
        }
        onReopen={() => setDialog('reopen')}
      />
      {saved !== null && (
        <div className={ecgClasses.message}>
          <div>
            <output>Saved as {saved}</output>
          </div>
          <Button variant="default" onClick={() => setSaved(null)}>
            Close
          </Button>
        </div>
      )}
      {error !== null && (
        <div className={ecgClasses.message}>
          <ErrorNotice error={error} />
          <Button variant="default" onClick={() => setError(null)}>
            Close
          </Button>
        </div>
      )}
      <div className={ecgClasses.body}>
        {images.length > 1 && (
          <nav className={classes.series} aria-label="Objects of the study">
            {images.map((each) => (
              <UnstyledButton
                key={each.id}
                className={classes.thumbnail}
                aria-current={each.id === object?.id}
                onClick={() => show(each)}
              >
                {objectName(each)}
              </UnstyledButton>
            ))}
          </nav>
        )}
        <div className={ecgClasses.main}>
          {object === null ? (
            <p>This study holds nothing.</p>
          ) : object.content !== 'image' ? (
            <DocumentView objectId={object.id} />
          ) : (
            <>
              <div className={classes.viewports}>
                <ImageViewport
                  label={`${objectName(object)} of ${patientName(study.patient)}`}
                  load={load}
                  view={view}
                  tool={tool}
                  frame={frame}
                  corners={cornerText(study, object, frame)}
                  showText={showText}
                  annotations={drawings.of(object).annotations}
                  selected={selected}
                  saliency={saliency}
                  evidence={evidence}
                  active={comparing && active === 'current'}
                  editable={editable}
                  onSeen={(at) => {
                    seen.current.current = at;
                  }}
                  onActivate={() => setActive('current')}
                  onStep={(change, at) => step('current', change, at)}
                  onSelect={setSelected}
                  onDrawn={(annotations) => drawnNow(object, annotations)}
                  onScroll={scroll}
                />
                {besideStudy !== null && besideObject !== null && (
                  <ImageViewport
                    label={
                      layout === 'prior'
                        ? `Prior of ${besideStudy.studiedAt?.slice(0, 10) ?? 'unknown date'}`
                        : `${objectName(besideObject)} beside`
                    }
                    load={besideLoad}
                    view={besideView}
                    tool={tool}
                    frame={besideFrame}
                    corners={cornerText(besideStudy, besideObject, besideFrame)}
                    showText={showText}
                    annotations={drawings.of(besideObject).annotations}
                    selected={besideEditable ? selected : null}
                    saliency={null}
                    evidence={{ kind: 'none' }}
                    active={active === 'beside'}
                    editable={besideEditable}
                    readOnlyWhy={layout === 'prior' ? 'Open this study to draw on it' : undefined}
                    onSeen={(at) => {
                      seen.current.beside = at;
                    }}
                    onActivate={() => setActive('beside')}
                    onStep={(change, at) => step('beside', change, at)}
                    onSelect={setSelected}
                    onDrawn={(annotations) => drawnNow(besideObject, annotations)}
                    onScroll={scrollBeside}
                  />
                )}
              </div>
              <ImageTools
                tool={tool}
                onTool={setTool}
                playing={playing}
                layout={layout}
                linked={linked && comparing}
                showText={showText}
                presets={presets}
                evidence={hasMap ? evidence : null}
                onEvidence={setEvidence}
                commands={{
                  fit: () => command({ kind: 'fit' }),
                  lifeSize,
                  invert: () => command({ kind: 'invert' }),
                  turn: (quarters) => command({ kind: 'turn', quarters }),
                  flip: (axis) => command({ kind: 'flip', axis }),
                  text: () => setShowText(!showText),
                  undo: canUndo ? () => travel('imaging.undoAnnotation') : null,
                  redo: canRedo ? () => travel('imaging.redoAnnotation') : null,
                  remove: canRemove ? removeSelected : null,
                  cine: frameCount > 1 ? () => setPlaying(!playing) : null,
                  one: () => lay('one'),
                  two: pictures.length > 1 ? () => lay(layout === 'two' ? 'one' : 'two') : null,
                  priors: priors.map((each) => ({
                    name: [each.studiedAt?.slice(0, 10) ?? 'no date', each.description].join(' · '),
                    shown: prior?.id === each.id,
                    choose: () => {
                      lay('prior');
                      setPriorId(each.id);
                    },
                  })),
                  link: comparing ? () => setLinked(!linked) : null,
                }}
              />
            </>
          )}
        </div>
        {object !== null && (
          <aside className={inspectorClasses.inspector} aria-label="Inspector">
            <Tabs defaultValue="answer" className={inspectorClasses.tabs}>
              <Tabs.List>
                <Tabs.Tab value="answer">Findings</Tabs.Tab>
                <Tabs.Tab value="technique">Technique</Tabs.Tab>
                {object.analysis !== null && <Tabs.Tab value="provenance">Provenance</Tabs.Tab>}
              </Tabs.List>
              <Tabs.Panel value="answer" className={inspectorClasses.panel} tabIndex={0}>
                {object.content === 'image' ? (
                  <>
                    <AnswerPanel
                      object={object}
                      analysing={study.status === 'queued' || study.status === 'analysing'}
                      similar={similar}
                      onOpen={(id) => goTo({ screen: 'radiograph', studyId: id })}
                    />
                    <ReadingPanel
                      key={study.readings.length}
                      study={study}
                      onSave={(reading: Reading) =>
                        keep(async () =>
                          changed(await request('imaging.read', { studyId: study.id, reading })),
                        )
                      }
                    />
                  </>
                ) : (
                  <DocumentPanel
                    object={object}
                    onImage={pictures.length === 0 ? null : () => show(pictures[0])}
                  />
                )}
              </Tabs.Panel>
              <Tabs.Panel value="technique" className={inspectorClasses.panel} tabIndex={0}>
                <TechniquePanel study={study} object={object} />
              </Tabs.Panel>
              {object.analysis !== null && (
                <Tabs.Panel value="provenance" className={inspectorClasses.panel} tabIndex={0}>
                  <ProvenancePanel provenance={object.analysis.provenance} />
                </Tabs.Panel>
              )}
            </Tabs>
          </aside>
        )}
      </div>
      <NoteDialog
        note={noting?.note ?? null}
        onClose={() => setNoting(null)}
        onKeep={(note) => {
          setNoting(null);
          if (noting !== null) drawings.save(noting.on, [...drawings.of(noting.on).annotations, note]);
        }}
      />
      <ReasonDialog
        title="Reopen this study"
        explanation="The study becomes preliminary again. The reason is kept in the audit log."
        act="Reopen"
        opened={dialog === 'reopen'}
        onClose={() => setDialog(null)}
        onReason={async (reason) => changed(await request('imaging.reopen', { studyId: study.id, reason }))}
      />
      <ReasonDialog
        title="Remove this study"
        explanation="The images, their findings, drawings and readings are erased and cannot be brought back. The reason is kept in the audit log."
        act="Remove"
        opened={dialog === 'remove'}
        onClose={() => setDialog(null)}
        onReason={async (reason) => {
          await request('imaging.remove', { studyId: study.id, reason });
          goTo({ screen: 'worklist' });
        }}
      />
    </main>
  );
}

/** A film is confirmed with a reading; papers alone have none. */
function readingMissing({ readings, images }: ImagingStudyDetail): boolean {
  return readings.length === 0 && images.some(({ content }) => content === 'image');
}

interface HeaderProps {
  study: ImagingStudyDetail;
  onExport: (format: 'pdf' | 'json') => void;
  onConfirm: () => void;
  onReopen: () => void;
}

function Header({ study, onExport, onConfirm, onReopen }: HeaderProps) {
  const confirmable = study.status === 'preliminary' || study.status === 'refused';
  return (
    <header className={ecgClasses.header}>
      <div className={ecgClasses.who}>
        <h1>{patientName(study.patient)}</h1>
        <p>
          {[
            ...patientParticulars(study.patient),
            study.description,
            ...(study.studiedAt === null ? [] : [moment(study.studiedAt)]),
          ].join(' · ')}
        </p>
      </div>
      <div className={ecgClasses.gap} />
      {study.severity === 'urgent' && study.headline !== null && (
        <SeverityTag severity="urgent" text={study.headline} />
      )}
      <span data-testid="study-status">
        <StatusTag status={study.status} />
      </span>
      <Menu position="bottom-end" shadow="none">
        <Menu.Target>
          <Button variant="default" leftSection={<IconFileExport size={14} aria-hidden="true" />}>
            Export
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onExport('pdf')}>Report as PDF…</Menu.Item>
          <Menu.Item onClick={() => onExport('json')}>Report as JSON…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {confirmable && (
        <Button
          onClick={onConfirm}
          disabled={readingMissing(study)}
          title={readingMissing(study) ? 'Keep your reading first' : undefined}
        >
          Confirm
        </Button>
      )}
      {study.status === 'confirmed' && (
        <Button variant="default" onClick={onReopen}>
          Reopen…
        </Button>
      )}
    </header>
  );
}

function presetsOf(
  presets: readonly WindowPreset[],
  choose: (preset: WindowPreset | null) => void,
): { name: string; choose: () => void }[] {
  const named = presets.map((preset, i) => ({
    name: preset.name === '' ? `Window ${i + 1} of the file` : preset.name,
    choose: () => choose(preset),
  }));
  return [{ name: 'As the file prefers', choose: () => choose(null) }, ...named];
}
