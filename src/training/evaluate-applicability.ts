/**
 * `npm run evaluate:applicability`: how many films of the test, and of groups that the paediatric network knows nothing
 * of, are refused before it speaks. Labels are not read. Writes `models/cxr-paediatric/applicability.json` and the
 * card's second table.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DecodedImage } from '../contract/imaging.ts';
import { measureImage } from '../diagnosis/cxr-paediatric/analyse.ts';
import {
  checkApplicability,
  gravestOutcome,
  NO_TECHNIQUE,
  type TechniqueFacts,
} from '../diagnosis/cxr-paediatric/applicability.ts';
import { hasBurnedInText } from '../diagnosis/cxr-paediatric/burned-in-text.ts';
import { greyShades } from '../diagnosis/cxr-paediatric/grey-shades.ts';
import { decodeDicom } from '../imaging/decode-dicom.ts';
import { requiredDataFolder } from './data-folder.ts';
import { FONTS, type Font, withText } from './drawn-text.ts';
import { greyImage, MADE_IMAGES, SPOILT_FILMS } from './foreign-images.ts';
import { radiographCardWithRefusals } from './radiograph-card.ts';
import { kermany, nih, type RadiographSet } from './radiograph-dataset.ts';
import { type Refusals, refusalsSchema } from './radiograph-evaluation.ts';
import { RADIOGRAPH_MODEL_FOLDER, readRadiographModel } from './radiograph-model-folder.ts';

const model = readRadiographModel();
const { calibration } = model;

interface Group {
  group: string;
  images: { image: DecodedImage; technique: TechniqueFacts | null }[];
}

type Outcome = 'passed' | 'review' | 'refused';

/** What the checks make of an image whatever its file says, without running the network on the array. */
function outcomesOf(image: DecodedImage): (technique: TechniqueFacts) => Outcome {
  const facts = measureImage(image, model);
  return (technique) => gravestOutcome(checkApplicability(technique, facts));
}

function refusalRowOf({ group, images }: Group): Refusals['groups'][number] {
  const byImage: Outcome[] = [];
  const tagged: Outcome[] = [];
  for (const { image, technique } of images) {
    const outcomeFor = outcomesOf(image);
    byImage.push(outcomeFor(NO_TECHNIQUE));
    if (technique !== null) tagged.push(outcomeFor(technique));
  }
  const share = (outcomes: Outcome[]) =>
    outcomes.filter((outcome) => outcome === 'refused').length / Math.max(1, outcomes.length);
  return {
    group,
    images: images.length,
    refusedWithTags: tagged.length === 0 ? null : share(tagged),
    refusedByImage: share(byImage),
  };
}

const CHILD: TechniqueFacts = {
  ...NO_TECHNIQUE,
  modality: 'DX',
  bodyPart: 'CHEST',
  view: 'AP',
  patientAgeYears: 3,
  photometric: 'MONOCHROME2',
};

/** Every how many films of the test one is spoilt in each way. */
const SPOILT_EVERY = 8;
const MADE_OF_EACH = 40;

function filmsOf({ pixels, side: from, labels }: RadiographSet): Uint8Array[] {
  return Array.from(labels.keys(), (i) => pixels.subarray(i * from * from, (i + 1) * from * from));
}

async function foreignGroups(folder: string, test: RadiographSet): Promise<Group[]> {
  const adults = await nih(folder);
  const adultFilms = filmsOf(adults);
  const groups: Group[] = [
    {
      group: 'test films, as files of a child of 3 years',
      images: filmsOf(test).map((pixels) => ({
        image: greyImage(pixels, test.side, test.side),
        technique: CHILD,
      })),
    },
    {
      group: 'adults (NIH), 18 years and older',
      images: adults.entries.flatMap(({ ageYears, view }, i) =>
        (ageYears ?? 0) >= 18
          ? [
              {
                image: greyImage(adultFilms[i]!, adults.side, adults.side),
                technique: { ...CHILD, view, patientAgeYears: ageYears },
              },
            ]
          : [],
      ),
    },
  ];
  for (const [modality, images] of await dicomByModality(folder)) {
    groups.push({ group: `DICOM, modality ${modality}`, images });
  }
  for (const [kind, make] of Object.entries(MADE_IMAGES)) {
    groups.push({
      group: `made: ${kind}`,
      images: Array.from({ length: MADE_OF_EACH }, (_, i) => ({ image: make(i), technique: null })),
    });
  }
  for (const [kind, spoil] of Object.entries(SPOILT_FILMS)) {
    groups.push({
      group: `test films ${kind}`,
      images: filmsOf(test)
        .filter((_, i) => i % SPOILT_EVERY === 0)
        .map((pixels) => ({ image: spoil(pixels, test.side), technique: CHILD })),
    });
  }
  return groups;
}

/** First frames of the corpus' CT, MR and ultrasound images, each content once. */
async function dicomByModality(folder: string): Promise<Map<string, Group['images']>> {
  const root = join(folder, 'dicom');
  const groups = new Map<string, Group['images']>([
    ['CT', []],
    ['MR', []],
    ['US', []],
  ]);
  const seen = new Set<string>();
  for (const line of readFileSync(join(root, 'INVENTORY.csv'), 'utf8').split('\n').slice(1)) {
    const path = /^("?)(.*?)\1,\d+,[0-9a-f]{64},/.exec(line)?.[2];
    if (path === undefined) continue;
    const bytes = new Uint8Array(readFileSync(join(root, path)));
    const hash = createHash('sha256').update(bytes).digest('hex');
    if (seen.has(hash)) continue;
    seen.add(hash);
    try {
      const dicom = decodeDicom(bytes, path);
      const images = groups.get(dicom.instance.technique.modality ?? '');
      if (images === undefined || dicom.frameCount === 0) continue;
      images.push({ image: await dicom.frame(0), technique: dicom.instance.technique });
    } catch {
      // Files that no decoder reads are in the corpus on purpose; they never reach a network.
    }
  }
  return groups;
}

/** Heights of capital letters that are drawn into films of 224 rows. */
const LETTERS_PIXELS = [7, 9, 12];
const DRAWN_EVERY = 8;

function textRows(test: RadiographSet, training: RadiographSet): Refusals['text'] {
  const seen = (pixels: Uint8Array) => hasBurnedInText(greyShades(greyImage(pixels, test.side, test.side)));
  const row = (group: string, films: Uint8Array[]) => ({
    group,
    images: films.length,
    told: films.filter(seen).length / films.length,
  });
  const every = (set: RadiographSet) => filmsOf(set).filter((_, i) => i % DRAWN_EVERY === 0);
  const films = every(test);
  const drawn = (font: Font, letters: number, text?: string) =>
    films.map((film, i) => withText(film, test.side, test.side, font, letters, i, text));
  return [
    row('training films as they are', every(training)),
    row('test films as they are', filmsOf(test)),
    row(
      'test films with another side marker, R',
      LETTERS_PIXELS.flatMap((letters) => drawn(FONTS.bold!, letters, 'R')),
    ),
    ...Object.entries(FONTS).flatMap(([name, font]) =>
      LETTERS_PIXELS.map((letters) =>
        row(`test films with a line in ${name}, ${letters} pixels high`, drawn(font, letters)),
      ),
    ),
  ];
}

const folder = requiredDataFolder();
const test = await kermany(folder, 'test');
const groups = await foreignGroups(folder, test);
const refusals = refusalsSchema.parse({
  calibrationId: calibration.id,
  groups: groups.map(refusalRowOf),
  text: textRows(test, await kermany(folder, 'train')),
});
const write = (name: string, content: string) =>
  writeFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, name), content);
write('applicability.json', `${JSON.stringify(refusals, null, 1)}\n`);
const card = readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'MODEL_CARD.md'), 'utf8');
write('MODEL_CARD.md', radiographCardWithRefusals(card, refusals));
for (const { group, images, refusedWithTags, refusedByImage } of refusals.groups) {
  console.log(
    `${group}: ${images} images, refused ${refusedWithTags ?? '-'} with tags, ${refusedByImage} by the image`,
  );
}
for (const { group, images, told } of refusals.text)
  console.log(`${group}: ${images} films, text told of ${told}`);
