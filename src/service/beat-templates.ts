/** Answers `templates.get`: shapes are found once in a worker thread, labels are laid over them at each call. */
import type { BeatTemplates } from '../contract/beat-templates.ts';
import { applyCorrections } from '../diagnosis/ecg-beats/corrections.ts';
import { type TemplateShapes, templateStages } from '../diagnosis/ecg-templates/template-shapes.ts';
import { templatesNow } from '../diagnosis/ecg-templates/templates-now.ts';
import type { ServiceContext } from './context.ts';
import { machineAnalysis } from './current-study.ts';
import { runStaged } from './staged-work.ts';

/** The shapes of the study that was looked at last. */
export class BeatTemplateShapes {
  readonly #context: Pick<ServiceContext, 'store' | 'pool'>;
  #kept: { studyId: string; rPeaks: Int32Array; shapes: Promise<TemplateShapes> } | null = null;

  constructor(context: Pick<ServiceContext, 'store' | 'pool'>) {
    this.#context = context;
  }

  async templates(studyId: string): Promise<BeatTemplates> {
    const { readable } = this.#context.store;
    const machine = machineAnalysis(readable, studyId);
    const shapes = await this.#shapes(studyId, machine.beats.sample);
    const corrected = applyCorrections(machine.beats, readable.corrections(studyId));
    return templatesNow(shapes, corrected, readable.study(studyId).samplingRateHz);
  }

  async #shapes(studyId: string, rPeaks: Int32Array): Promise<TemplateShapes> {
    const kept = this.#kept;
    if (kept?.studyId === studyId && same(kept.rPeaks, rPeaks)) return kept.shapes;
    const recording = this.#context.store.readable.opened(studyId);
    const shapes = runStaged(this.#context.pool, recording, templateStages(recording, rPeaks));
    this.#kept = { studyId, rPeaks, shapes };
    // What failed is not kept.
    shapes.catch(() => {
      if (this.#kept?.shapes === shapes) this.#kept = null;
    });
    return shapes;
  }
}

function same(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
