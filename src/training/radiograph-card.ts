/** The figures of the paediatric model's card: tables made from an entry of the evaluation log, between two marks. */
import type { Spread } from './evaluation.ts';
import {
  type Attempt,
  type LearningCurve,
  RADIOGRAPH_MACHINES,
  type RadiographEntry,
  type RadiographValidation,
  type Refusals,
} from './radiograph-evaluation.ts';

const BEGIN = '<!-- figures: made by `npm run evaluate:cxr`, do not edit -->';
const END = '<!-- end of figures -->';

const BEGIN_REFUSALS = '<!-- refusals: made by `npm run evaluate:applicability`, do not edit -->';
const END_REFUSALS = '<!-- end of refusals -->';

const BEGIN_VALIDATION = '<!-- validation: made by `npm run validate:cxr`, do not edit -->';
const END_VALIDATION = '<!-- end of validation -->';

const BEGIN_ATTEMPTS = '<!-- attempts: made by `npm run experiment:cxr`, do not edit -->';
const END_ATTEMPTS = '<!-- end of attempts -->';

const BEGIN_CURVE = '<!-- learning curve: made by `npm run learning-curve:cxr`, do not edit -->';
const END_CURVE = '<!-- end of learning curve -->';

/** The card with its table of left-out training patients replaced. */
export function radiographCardWithValidation(card: string, validation: RadiographValidation): string {
  return between(card, BEGIN_VALIDATION, END_VALIDATION, validationMarkdown(validation));
}

/** The card with its table of attempts replaced. */
export function radiographCardWithAttempts(card: string, attempts: readonly Attempt[]): string {
  return between(card, BEGIN_ATTEMPTS, END_ATTEMPTS, attemptsMarkdown(attempts));
}

/** The card with its learning curve replaced. */
export function radiographCardWithCurve(card: string, curve: LearningCurve): string {
  return between(card, BEGIN_CURVE, END_CURVE, curveMarkdown(curve));
}

/** The card with its figures replaced by those of `entry`. */
export function radiographCardWithFigures(card: string, entry: RadiographEntry): string {
  return between(card, BEGIN, END, figuresMarkdown(entry));
}

/** The card with its table of refusals replaced. */
export function radiographCardWithRefusals(card: string, refusals: Refusals): string {
  return between(card, BEGIN_REFUSALS, END_REFUSALS, refusalsMarkdown(refusals));
}

function between(card: string, from: string, to: string, content: string): string {
  const begin = card.indexOf(from);
  const end = card.indexOf(to);
  if (begin < 0 || end < begin) throw new Error('The model card has no place for figures.');
  return `${card.slice(0, begin)}${from}\n\n${content}\n${card.slice(end)}`;
}

const percent = (share: number): string => (100 * share).toFixed(1);

function spread(value: Spread, digits: number, scale = 1): string {
  const [mean, sd, worst] = [value.mean, value.sd, value.worst].map((part) => (scale * part).toFixed(digits));
  return value.sd > 0 ? `${mean} ± ${sd} (${worst})` : mean!;
}

function interval({ low, high }: { low: number; high: number }): string {
  return `${percent(low)} to ${percent(high)}`;
}

function figuresMarkdown(entry: RadiographEntry): string {
  const { condition, machines, firstSeed, shift, images } = entry;
  const { table, risk, accepted, conformal } = firstSeed;
  return [
    `Official test, ${images.normal} normal films and ${images.pneumonia} with pneumonia, none left out. Reference condition: profile ${condition.profile}, ${condition.driftSeconds.toLocaleString('en')} s after programming, drift compensation ${condition.driftCompensation ? 'on' : 'off'}, ${condition.samples} samples, ${condition.programmingSeeds.length} programming seeds: mean ± sd (worst). Calibration \`${entry.calibrationId}\`, code \`${entry.commit.slice(0, 12)}\`. Shares in per cent.`,
    '',
    '| | AUROC | balanced accuracy | accuracy | sensitivity | specificity | sensitivity at 0.5 | specificity at 0.5 |',
    '|---|---|---|---|---|---|---|---|',
    ...RADIOGRAPH_MACHINES.map((machine) => {
      const f = machines[machine];
      const shares = [
        f.balancedAccuracy,
        f.accuracy,
        f.sensitivity,
        f.specificity,
        f.sensitivityAtHalf,
        f.specificityAtHalf,
      ];
      return `| ${machine} | ${spread(f.auroc, 4)} | ${shares.map((value) => spread(value, 1, 100)).join(' | ')} |`;
    }),
    '',
    '| | NLL, nats | Brier | ECE |',
    '|---|---|---|---|',
    ...RADIOGRAPH_MACHINES.map((machine) => {
      const { nll, brier, ece } = machines[machine];
      return `| ${machine} | ${[nll, brier, ece].map((value) => spread(value, 4)).join(' | ')} |`;
    }),
    '',
    `On the array with programming seed ${condition.programmingSeeds[0]}, with 95 % intervals (DeLong, Wilson):`,
    '',
    `- AUROC ${firstSeed.auroc.toFixed(4)} (${firstSeed.aurocInterval95.low.toFixed(4)} to ${firstSeed.aurocInterval95.high.toFixed(4)})`,
    `- sensitivity ${table.truePositive} of ${table.truePositive + table.falseNegative} (${interval(firstSeed.sensitivityInterval95)}), specificity ${table.trueNegative} of ${table.trueNegative + table.falsePositive} (${interval(firstSeed.specificityInterval95)})`,
    `- accepted without review: ${percent(accepted.share)} of films, of these wrong ${percent(accepted.risk)}; of all errors ${percent(accepted.errorsReviewed)} are among those for review`,
    `- error left at coverage ${risk.riskAt.map(({ coverage, risk: left }) => `${percent(coverage)}: ${percent(left)}`).join(', ')}; AURC ${risk.aurc.toFixed(4)}, AUGRC ${risk.augrc.toFixed(4)}`,
    `- conformal sets meant to hold the truth in ${percent(1 - conformal.alpha)}: ${percent(conformal.coverage.all)} (normal ${percent(conformal.coverage.normal)}, pneumonia ${percent(conformal.coverage.pneumonia)}), mean size ${conformal.meanSize.toFixed(2)}`,
    '',
    '| films | number | called rightly | 95 % interval |',
    '|---|---|---|---|',
    ...firstSeed.subgroups.map(
      ({ group, images: n, right, interval95 }) =>
        `| ${group} | ${n} | ${percent(right)} | ${interval(interval95)} |`,
    ),
    '',
    'Reliability:',
    '',
    '| films | mean probability | with pneumonia |',
    '|---|---|---|',
    ...firstSeed.reliability.map(
      ({ count, meanProbability, shareDiseased }) =>
        `| ${count} | ${percent(meanProbability)} | ${percent(shareDiseased)} |`,
    ),
    '',
    'Left-out training patients beside the test, on the array:',
    '',
    '| | left-out training patients | test |',
    '|---|---|---|',
    `| prevalence | ${percent(shift.prevalence.training)} | ${percent(shift.prevalence.test)} |`,
    `| AUROC | ${shift.auroc.training.toFixed(4)} | ${shift.auroc.test.toFixed(4)} |`,
    `| sensitivity at 0.5 | ${percent(shift.sensitivityAtHalf.training)} | ${percent(shift.sensitivityAtHalf.test)} |`,
    `| specificity at 0.5 | ${percent(shift.specificityAtHalf.training)} | ${percent(shift.specificityAtHalf.test)} |`,
    '',
  ].join('\n');
}

function refusalsMarkdown({ groups, text }: Refusals): string {
  return [
    '| group | images | with the tags of the file | by the image alone |',
    '|---|---|---|---|',
    ...groups.map(
      (row) =>
        `| ${row.group} | ${row.images} | ${row.refusedWithTags === null ? '–' : percent(row.refusedWithTags)} | ${percent(row.refusedByImage)} |`,
    ),
    '',
    'A line of text in the pixels, which asks for review:',
    '',
    '| films | number | told |',
    '|---|---|---|',
    ...text.map((row) => `| ${row.group} | ${row.images} | ${percent(row.told)} |`),
    '',
  ].join('\n');
}

function epistemic({ mean, tellsErrors }: { mean: number; tellsErrors: number }): string {
  return `${mean.toExponential(1)} nats and ${tellsErrors.toFixed(3)}`;
}

function validationMarkdown(v: RadiographValidation): string {
  const [normal, pneumonia] = v.conformal.crossCoverage;
  const folds = v.folds.map((area) => area.toFixed(3)).join(', ');
  return [
    `${v.images} films of ${v.patients} training patients, ${percent(v.prevalence)} with pneumonia, 32 samples of the array a day after programming. Operating point ${v.operatingPoint}, temperature ${v.temperature}. Shares in per cent with 95 % intervals (DeLong, Wilson).`,
    '',
    '| left out | films | AUROC | sensitivity | specificity | balanced accuracy | ECE |',
    '|---|---|---|---|---|---|---|',
    ...v.groups.map(({ group, images, figures: f }) => {
      const area = `${f.auroc.toFixed(4)} (${f.aurocInterval95.low.toFixed(4)} to ${f.aurocInterval95.high.toFixed(4)})`;
      const shares = [
        `${percent(f.sensitivity)} (${interval(f.sensitivityInterval95)})`,
        `${percent(f.specificity)} (${interval(f.specificityInterval95)})`,
        percent(f.balancedAccuracy),
      ];
      return `| ${group} | ${images} | ${area} | ${shares.join(' | ')} | ${f.ece.toFixed(3)} |`;
    }),
    '',
    `- AUROC by fold ${folds}; of all folds together ${v.fp32Auroc.toFixed(4)} in fp32, ${v.arrayAuroc.toFixed(4)} on the array`,
    `- expected calibration error ${v.eceBeforeTemperature.toFixed(3)} before the temperature`,
    `- error left at coverage ${v.risk.riskAt.map(({ coverage, risk: left }) => `${percent(coverage)}: ${percent(left)}`).join(', ')}; AURC ${v.risk.aurc.toFixed(4)}, AUGRC ${v.risk.augrc.toFixed(4)}`,
    `- for review ${percent(v.reviewed.share)} of films, among them ${percent(v.reviewed.shareOfErrorsReviewed)} of errors`,
    `- conformal sets meant to hold the truth in ${percent(1 - v.conformal.alpha)}, limits from the other folds: normal ${percent(normal!)}, pneumonia ${percent(pneumonia!)}`,
    `- epistemic part ${v.epistemic.all.mean.toExponential(1)} nats on average; it tells wrong answers from right ones with an AUROC of ${v.epistemic.all.tellsErrors.toFixed(3)}. Of the first fold: ${epistemic(v.epistemic.firstFold)} with the trained posterior, ${epistemic(v.epistemic.firstFoldWithoutPosterior)} with its means and no more read noise than they must have`,
    '',
  ].join('\n');
}

function curveMarkdown({ points, leftOut }: LearningCurve): string {
  return [
    `One fold left out (${leftOut.images} films of ${leftOut.patients} patients), trained on a part of the others for as many steps each, read on the array at the reference condition. Balanced accuracy in per cent is that at the best threshold for these same films, so a little too good.`,
    '',
    '| training patients | films | AUROC (95 % interval) | best balanced accuracy |',
    '|---|---|---|---|',
    ...points.map(
      ({ patients, images, auroc: area, aurocInterval95: { low, high }, bestBalancedAccuracy }) =>
        `| ${patients} | ${images} | ${area.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)}) | ${percent(bestBalancedAccuracy)} |`,
    ),
    '',
  ].join('\n');
}

function attemptsMarkdown(attempts: readonly Attempt[]): string {
  return [
    '| attempt | million MACs | left out | AUROC | best balanced accuracy |',
    '|---|---|---|---|---|',
    ...attempts.flatMap(({ name, macs, splits }) =>
      Object.entries(splits).map(
        ([split, { auroc: area, bestBalancedAccuracy }]) =>
          `| ${name} | ${(macs / 1e6).toFixed(1)} | ${split} | ${area.toFixed(4)} | ${percent(bestBalancedAccuracy)} |`,
      ),
    ),
    '',
  ].join('\n');
}
