/**
 * `npm run figures`: writes the README's table of figures from the last entries of the evaluation logs. A test
 * holds the README to them, so that no figure there is older than the last look at the test set.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type EvaluationEntry, evaluationEntrySchema, type Spread } from './evaluation.ts';
import { type RadiographEntry, radiographEntrySchema } from './radiograph-evaluation.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const BEGIN = '<!-- figures: made by `npm run figures`, do not edit -->';
const END = '<!-- end of figures -->';

const detectionSchema = z.object({
  whole: z.object({ gross: z.object({ sensitivity: z.number(), positivePredictivity: z.number() }) }),
});
const qrsEntrySchema = z.object({
  figures: z.object({ ds1: detectionSchema, ds2: detectionSchema, paced: detectionSchema }),
});
type QrsEntry = z.infer<typeof qrsEntrySchema>;

function lastEntry<Schema extends z.ZodType>(log: string, schema: Schema): z.output<Schema> {
  const lines = readFileSync(resolve(ROOT, 'models', log, 'evaluation-log.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  return schema.parse(JSON.parse(lines[lines.length - 1]));
}

const percent = (share: number, digits = 1) => (100 * share).toFixed(digits);
const withSpread = ({ mean, sd, worst }: Spread) =>
  sd > 0 ? `${percent(mean)} ± ${percent(sd)} (worst ${percent(worst)})` : percent(mean);

const names = { array: 'memristor array', 'ideal array': 'ideal array', fp32: 'fp32 software' } as const;

function beatRows(entry: EvaluationEntry): string[] {
  return (Object.keys(names) as (keyof typeof names)[]).map((machine) => {
    const { V, S, accuracy } = entry.detected[machine];
    const cells = [V.f1, S.f1, accuracy].map(withSpread);
    return `| ${names[machine]} | ${cells.join(' | ')} | ${entry.calibration[machine].ece.mean.toFixed(3)} |`;
  });
}

function radiographRows({ machines }: RadiographEntry): string[] {
  return (Object.keys(names) as (keyof typeof names)[]).map((machine) => {
    const { auroc, sensitivity, specificity, balancedAccuracy, ece } = machines[machine];
    const cells = [auroc, sensitivity, specificity, balancedAccuracy].map(withSpread);
    return `| ${names[machine]} | ${cells.join(' | ')} | ${ece.mean.toFixed(3)} |`;
  });
}

function figures(beats: EvaluationEntry, qrs: QrsEntry, films: RadiographEntry): string {
  const { condition } = beats;
  const qrsRow = (name: string, { whole }: z.infer<typeof detectionSchema>) =>
    `| ${name} | ${percent(whole.gross.sensitivity, 2)} | ${percent(whole.gross.positivePredictivity, 2)} |`;
  return [
    '## Figures',
    '',
    `MIT-BIH Arrhythmia Database, inter-patient: trained and tuned on the 22 records DS1, tested on the 22 of DS2 (de Chazal 2004). Beats where the program's own detector found them, missed and extra ones counted, escape beats as N, per cent; the array at the reference condition: profile \`${condition.profile}\`, ${condition.driftSeconds / 86_400} day after programming, drift compensation on, ${condition.samples} samples, mean ± sd over ${condition.programmingSeeds.length} programmed arrays. \`npm run evaluate\`; confusion matrices, every record and the other ways of counting are in the [model card](models/ecg-beats/MODEL_CARD.md).`,
    '',
    '| computed on | V F1 | S F1 | accuracy | ECE |',
    '|---|---|---|---|---|',
    ...beatRows(beats),
    '',
    `Chest radiographs of children, the official test of ${films.images.normal} normal films and ${films.images.pneumonia} with pneumonia (Kermany 2018), at the same condition and at the operating point that left-out training patients gave, per cent; the aims were an AUROC of 96 and a balanced accuracy of 88. \`npm run evaluate:cxr\`; intervals, subgroups, calibration and why specificity falls are in the [model card](models/cxr-paediatric/MODEL_CARD.md).`,
    '',
    '| computed on | AUROC | sensitivity | specificity | balanced accuracy | ECE |',
    '|---|---|---|---|---|---|',
    ...radiographRows(films),
    '',
    'QRS complexes found, gross, 150 ms, whole records, per cent. `npm run evaluate:qrs`.',
    '',
    '| records | sensitivity | positive predictivity |',
    '|---|---|---|',
    qrsRow('DS2 (test)', qrs.figures.ds2),
    qrsRow('DS1 (tuned on)', qrs.figures.ds1),
    qrsRow('paced, found but refused to judge', qrs.figures.paced),
  ].join('\n');
}

/** The README with the figures of the last log entries in place of those between its marks. */
export function readmeWithFigures(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('The README has no place for figures.');
  const text = figures(
    lastEntry('ecg-beats', evaluationEntrySchema),
    lastEntry('ecg-qrs', qrsEntrySchema),
    lastEntry('cxr-paediatric', radiographEntrySchema),
  );
  return `${readme.slice(0, begin)}${BEGIN}\n\n${text}\n\n${readme.slice(end)}`;
}

if (import.meta.main) {
  const path = resolve(ROOT, 'README.md');
  writeFileSync(path, readmeWithFigures(readFileSync(path, 'utf8')));
}
