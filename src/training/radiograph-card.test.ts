import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRadiographModel, radiographModelFiles } from '../diagnosis/cxr-paediatric/model.ts';
import { parseWholeFilm } from '../diagnosis/cxr-paediatric/whole-film.ts';
import { isArrayLayer } from '../imc/network.ts';
import { columnScales } from '../imc/program.ts';
import { macsByLayer } from '../imc/shapes.ts';
import {
  radiographCardWithAttempts,
  radiographCardWithCurve,
  radiographCardWithFigures,
  radiographCardWithRefusals,
  radiographCardWithValidation,
} from './radiograph-card.ts';
import {
  attemptSchema,
  learningCurveSchema,
  radiographEntrySchema,
  radiographValidationSchema,
  refusalsSchema,
} from './radiograph-evaluation.ts';
import { RADIOGRAPH_MODEL_FOLDER, readRadiographModel } from './radiograph-model-folder.ts';

const text = (name: string): string => readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, name), 'utf8');
const lastEntry = () => {
  const lines = text('evaluation-log.jsonl').trimEnd().split('\n');
  return radiographEntrySchema.parse(JSON.parse(lines[lines.length - 1]!));
};

describe('the shipped paediatric radiograph model', () => {
  const { wholeFilm, ...model } = readRadiographModel();

  it('comes out of its files as it went in', () => {
    const files = radiographModelFiles(model);
    expect(parseRadiographModel(files, 'again')).toEqual(model);
    expect(JSON.parse(JSON.stringify(files.modelJson))).toEqual(JSON.parse(text('model.json')));
  });

  it('takes at most 40 million multiplications a film', () => {
    const macs = macsByLayer(model.network).reduce((sum, layer) => sum + layer.macs, 0);
    expect(macs).toBeLessThanOrEqual(40_000_000);
  });

  it('has figures of its own: the last look at the test was at these weights and this calibration', () => {
    const entry = lastEntry();
    const weights = readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'weights.safetensors'));
    expect(entry.weightsSha256).toBe(createHash('sha256').update(weights).digest('hex'));
    expect(entry.calibrationId).toBe(model.calibration.id);
  });

  it('has a card that says what the last entry of the log says', () => {
    const card = text('MODEL_CARD.md');
    expect(radiographCardWithFigures(card, lastEntry())).toBe(card);
    expect(JSON.parse(text('figures.json'))).toEqual(lastEntry());
    const refusals = refusalsSchema.parse(JSON.parse(text('applicability.json')));
    expect(refusals.calibrationId).toBe(model.calibration.id);
    expect(radiographCardWithRefusals(card, refusals)).toBe(card);
    const other = { ...lastEntry(), images: { normal: 1, pneumonia: 1 } };
    expect(radiographCardWithFigures(card, other)).not.toBe(card);
  });

  it('has a card that says what was found on left-out training patients, which the calibration is from', () => {
    const card = text('MODEL_CARD.md');
    const validation = radiographValidationSchema.parse(JSON.parse(text('validation.json')));
    expect(radiographCardWithValidation(card, validation)).toBe(card);
    expect(radiographCardWithValidation(card, { ...validation, temperature: 3 })).not.toBe(card);
    const { temperature, operatingPoint, conformal, appearance } = model.calibration;
    expect({ temperature, operatingPoint }).toEqual({
      temperature: validation.temperature,
      operatingPoint: validation.operatingPoint,
    });
    expect(conformal.thresholds).toEqual(validation.conformal.thresholds);
    expect(appearance.embedding).toBe(validation.embeddingLimit);
    const curve = learningCurveSchema.parse(JSON.parse(text('learning-curve.json')));
    expect(radiographCardWithCurve(card, curve)).toBe(card);
    const attempts = text('experiments.jsonl').trimEnd().split('\n');
    expect(
      radiographCardWithAttempts(
        card,
        attempts.map((line) => attemptSchema.parse(JSON.parse(line))),
      ),
    ).toBe(card);
  });

  it('holds a posterior: common modes that its pairs have room for, not all alike', () => {
    for (const layer of model.network.layers.filter(isArrayLayer)) {
      const scales = columnScales(layer.weights, layer.bias.length);
      const rows = layer.weights.length / layer.bias.length;
      const modes = layer.commonMode!;
      const room = layer.weights.map((weight, at) => 1 - Math.abs(weight) / scales[Math.floor(at / rows)]!);
      expect(modes.every((mode, at) => mode >= 0 && mode <= room[at]! + 1e-6)).toBe(true);
      expect(Math.max(...modes)).toBeGreaterThan(Math.min(...modes));
    }
  });

  it('is refused where a file is broken, naming file and field', () => {
    const files = radiographModelFiles(model);
    const calibrationJson = { ...(files.calibrationJson as object), operatingPoint: 2 };
    expect(() => parseRadiographModel({ ...files, calibrationJson }, 'm')).toThrow(
      /m\/calibration\.json operatingPoint/,
    );
    const appearance = files.appearance.slice(0, 100);
    expect(() => parseRadiographModel({ ...files, appearance }, 'm')).toThrow(/appearance\.safetensors/);
    const json = JSON.parse(text('whole-film.json'));
    const weights = new Uint8Array(readFileSync(resolve(RADIOGRAPH_MODEL_FOLDER, 'whole-film.safetensors')));
    expect(parseWholeFilm(json, weights, 'm')).toEqual(wholeFilm);
    expect(() => parseWholeFilm({ ...json, limit: null }, weights, 'm')).toThrow(/m\/whole-film\.json limit/);
    expect(() => parseWholeFilm(json, weights.slice(0, 100), 'm')).toThrow(/m\//);
  });
});
