/**
 * Whether an image shows a whole chest film or a part of one: a small network in fp32, trained on films and on parts
 * cut out of them (`npm run train:whole-film`). It takes no part in the answer.
 */
import { z } from 'zod';
import {
  checkedDescription,
  networkFields,
  networkFiles,
  networkFrom,
  type StoredNetwork,
} from '../../imc/model-file.ts';
import type { Network } from '../../imc/network.ts';
import { forwardItem } from '../../imc/software.ts';
import type { GreyShades } from './grey-shades.ts';
import { networkInput } from './network-input.ts';

export const WHOLE_FILM_CLASSES = ['whole', 'part'] as const;

export interface WholeFilmCheck {
  /** Square one-channel input of `networkInput`; the classes are `WHOLE_FILM_CLASSES`. */
  network: Network;
  /** Log odds of being a part beyond which an image is refused. */
  limit: number;
}

const NO_FEATURES = new Float32Array(0);

/** Log odds that the image is a part of a film. */
export function partOfFilm({ shades, width, height }: GreyShades, { network }: WholeFilmCheck): number {
  const { input } = network;
  const side = input.kind === 'image' ? input.height : 0;
  const logits = forwardItem(network, networkInput(shades, width, height, side), NO_FEATURES, 0, () => {});
  return logits[1]! - logits[0]!;
}

/** Beside the files of the model, in the order in which its hash covers them. */
export const WHOLE_FILM_FILES = ['whole-film.json', 'whole-film.safetensors'] as const;

const squareInput = z
  .looseObject({
    channels: z.literal(1),
    height: z.int().min(8).max(1024),
    width: z.int(),
    auxiliaryFeatures: z.array(z.string()).length(0),
    preparation: z.literal('squashed-standardised-1'),
  })
  .refine(({ height, width }) => height === width, 'It is not square');

const wholeFilmSchema = z.strictObject({
  ...networkFields,
  classes: z.tuple([z.literal('whole'), z.literal('part')]),
  limit: z.number(),
  training: z.strictObject({ data: z.string(), commit: z.string(), method: z.string() }),
});

/**
 * @param at the model's name, for messages
 * @throws KirchhoffError `model-invalid` naming file and field
 */
export function parseWholeFilm(json: unknown, weights: Uint8Array, at: string): WholeFilmCheck {
  const { limit, ...model } = checkedDescription(wholeFilmSchema, json, `${at}/whole-film.json`);
  const { network, input } = networkFrom({ ...model, classes: [...WHOLE_FILM_CLASSES] }, weights, at);
  checkedDescription(squareInput, input, `${at}/whole-film.json input`);
  return { network, limit };
}

/** The inverse of `parseWholeFilm`; JSON as a value to be written with two spaces. */
export function wholeFilmFiles({
  network,
  ranges,
  limit,
  training,
}: WholeFilmCheck & Pick<StoredNetwork, 'ranges'> & Pick<z.infer<typeof wholeFilmSchema>, 'training'>): {
  json: unknown;
  weights: Uint8Array;
} {
  if (network.input.kind !== 'image') throw new RangeError(`${network.name} reads no images`);
  const { height, width } = network.input;
  const { networkJson, weights } = networkFiles({
    network,
    ranges,
    input: { channels: 1, height, width, auxiliaryFeatures: [], preparation: 'squashed-standardised-1' },
  });
  return { json: { ...networkJson, limit, training }, weights };
}
