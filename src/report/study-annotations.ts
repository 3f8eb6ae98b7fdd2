/**
 * What counts now of a study as PhysioBank annotations: beats, changes of rhythm, ventricular fibrillation and
 * stretches that nobody can read. Rhythm strings are those of the MIT-BIH Arrhythmia and Malignant Ventricular
 * Ectopy Databases; what these have no string for is spelled out.
 */
import { BEAT_CLASSES, type BeatTable } from '../contract/ecg.ts';
import type { RhythmEpisode, RhythmKind } from '../contract/rhythm.ts';
import type { StudyDetail } from '../contract/study.ts';
import type { EcgAnnotation } from '../ecg/recording.ts';

/** Null: no rhythm of its own, the one before goes on. */
const RHYTHM_STRINGS: Readonly<Record<RhythmKind, string | null>> = {
  sinus: '(N',
  'sinus-bradycardia': '(SBR',
  'sinus-tachycardia': '(N',
  'atrial-fibrillation': '(AFIB',
  'supraventricular-tachycardia': '(SVTA',
  'ventricular-tachycardia': '(VT',
  idioventricular: '(IVR',
  'ventricular-fibrillation': '(VFL',
  'ventricular-bigeminy': '(B',
  'ventricular-trigeminy': '(T',
  'supraventricular-bigeminy': '(AB',
  'supraventricular-trigeminy': null,
  'av-block-complete': '(BIII',
  'av-block-high-grade': '(BII',
  'av-block-two-to-one': '(BII',
  'av-block-mobitz-2': '(BII',
  'av-block-mobitz-1': '(BII',
  'av-block-first-degree': '(BI',
  'pre-excitation': '(PREX',
  pause: null,
  paced: '(P',
  undetermined: '(UNDETERMINED',
  'not-analysable': '(NOISE',
};

/** Annotations hold one rhythm at a time: of those that overlap the first here is told. */
const PRECEDENCE: readonly RhythmKind[] = [
  'ventricular-fibrillation',
  'not-analysable',
  'ventricular-tachycardia',
  'idioventricular',
  'paced',
  // Ectopic beats in a pattern do not end atrial fibrillation.
  'atrial-fibrillation',
  'supraventricular-tachycardia',
  'av-block-complete',
  'av-block-high-grade',
  'av-block-two-to-one',
  'av-block-mobitz-2',
  'av-block-mobitz-1',
  'pre-excitation',
  'ventricular-bigeminy',
  'ventricular-trigeminy',
  'supraventricular-bigeminy',
  'av-block-first-degree',
  'sinus-bradycardia',
  'sinus-tachycardia',
  'sinus',
  'undetermined',
];

/** Subtypes of `~`: no signal can be read (WFDB: both of bits 4 and 5), and all signals are clean again. */
const UNREADABLE_SUBTYPE = -1;
const CLEAN_SUBTYPE = 0;

/** Annotations in order of time; of a study without beats or rhythm what there is. */
export function studyAnnotations(
  study: Pick<StudyDetail, 'summary' | 'lengthSamples'>,
  beats: Pick<BeatTable, 'sample' | 'label'>,
): EcgAnnotation[] {
  const episodes = study.summary?.rhythm?.episodes ?? [];
  const beatAnnotations = Array.from(beats.sample, (sample, i) =>
    annotation(sample, BEAT_CLASSES[beats.label[i]!]!),
  );
  // Sorting is stable: a rhythm begins before the beat at the same sample.
  return [
    ...rhythmChanges(episodes, study.lengthSamples),
    ...bracketed(episodes, study.lengthSamples),
    ...beatAnnotations,
  ].sort((a, b) => a.sample - b.sample);
}

function annotation(sample: number, code: string, more: Partial<EcgAnnotation> = {}): EcgAnnotation {
  return { sample, code, subtype: 0, channel: 0, number: 0, text: '', ...more };
}

/** `+` wherever the rhythm that is told becomes another. */
function rhythmChanges(episodes: readonly RhythmEpisode[], lengthSamples: number): EcgAnnotation[] {
  const told = episodes.filter(({ kind }) => RHYTHM_STRINGS[kind] !== null);
  const steps = told
    .flatMap(({ kind, startSample, endSample }) => [
      { sample: startSample, kind, step: 1 },
      { sample: endSample, kind, step: -1 },
    ])
    .sort((a, b) => a.sample - b.sample);
  const open = new Map<RhythmKind, number>();
  const changes: EcgAnnotation[] = [];
  let current = '';
  for (const [i, { sample, kind, step }] of steps.entries()) {
    open.set(kind, (open.get(kind) ?? 0) + step);
    if (steps[i + 1]?.sample === sample || sample >= lengthSamples) continue;
    const first = PRECEDENCE.find((candidate) => (open.get(candidate) ?? 0) > 0);
    const text = (first === undefined ? null : RHYTHM_STRINGS[first]) ?? '(UNDETERMINED';
    if (text !== current) changes.push(annotation(sample, '+', { text }));
    current = text;
  }
  return changes;
}

/** `[` and `]` about ventricular fibrillation, `~` about what cannot be read. */
function bracketed(episodes: readonly RhythmEpisode[], lengthSamples: number): EcgAnnotation[] {
  return episodes.flatMap(({ kind, startSample, endSample }) => {
    const last = Math.min(endSample, lengthSamples - 1);
    if (kind === 'ventricular-fibrillation') return [annotation(startSample, '['), annotation(last, ']')];
    if (kind !== 'not-analysable') return [];
    const unreadable = annotation(startSample, '~', { subtype: UNREADABLE_SUBTYPE });
    const clean = annotation(endSample, '~', { subtype: CLEAN_SUBTYPE });
    return endSample < lengthSamples ? [unreadable, clean] : [unreadable];
  });
}
