/** The cost files that ship with the program, read and checked. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import { type ChipCost, type DigitalCost, parseChipCost, parseDigitalCost } from '../imc/cost-files.ts';
import { resourcePath } from './resources.ts';

const DIGITAL = 'digital-45nm';

function chipNames(): string[] {
  return readdirSync(resourcePath('models', 'costs'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => basename(name, '.json'))
    .filter((name) => name !== DIGITAL)
    .sort();
}

/** Throws `not-found` with the names that exist, or `profile-invalid` naming the field. */
export function loadChipCost(name: string): ChipCost {
  const path = resourcePath('models', 'costs', `${name}.json`);
  if (!/^[\w.-]+$/.test(name) || name === DIGITAL || !existsSync(path)) {
    throw new KirchhoffError(
      'not-found',
      `There are no cost figures of a chip "${name}". There are: ${chipNames().join(', ')}.`,
    );
  }
  return parseChipCost(jsonAt(path), `${name}.json`);
}

/** The chip whose devices a profile describes; throws `not-found` where none does. */
export function chipCostOfProfile(profile: string): ChipCost {
  for (const name of chipNames()) {
    const chip = loadChipCost(name);
    if (chip.profiles.includes(profile)) return chip;
  }
  throw new KirchhoffError(
    'not-found',
    `No chip with published costs has the devices of "${profile}". Name one to count on: ${chipNames().join(', ')}.`,
  );
}

export function loadDigitalCost(): DigitalCost {
  return parseDigitalCost(jsonAt(resourcePath('models', 'costs', `${DIGITAL}.json`)), `${DIGITAL}.json`);
}

function jsonAt(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new KirchhoffError('profile-invalid', 'This is not JSON.', basename(path));
  }
}
