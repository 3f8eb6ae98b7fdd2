import { describe, expect, it } from 'vitest';
import { madeSamples } from '../../../../test/made-ecg-files.ts';
import type { DelimitedTextMapping } from '../../../contract/delimited-text.ts';
import { KirchhoffError } from '../../../contract/errors.ts';
import { recogniseEcgFormat } from '../recognise.ts';
import { readDelimited } from './delimited.ts';
import { proposeMapping } from './propose.ts';

const ascii = (text: string) => new TextEncoder().encode(text);
const samples = madeSamples(60, 0);
const rows = (line: (value: number, i: number) => string) => samples.map(line).join('\n');

function errorOf(read: () => unknown): KirchhoffError['body'] {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) return thrown.body;
    throw thrown;
  }
  throw new Error('Nothing was refused.');
}

describe('what is proposed', () => {
  it('needs no word where headings tell time, units and leads', () => {
    const text = `time (s),Lead II (mV),V1 (mV)\n${rows((v, i) => `${(i / 500).toFixed(3)},${v / 100},${-v / 100}`)}\n`;
    expect(recogniseEcgFormat(ascii(text), text.length)).toBe('delimited');
    const proposal = proposeMapping('a.csv', ascii(text));
    expect(proposal).toMatchObject({
      delimiter: ',',
      decimalMark: '.',
      skipLines: 1,
      time: { kind: 'column', column: 0, unit: 's' },
      units: 'mV',
      leads: [
        { column: 1, name: 'II' },
        { column: 2, name: 'V1' },
      ],
      certain: true,
    });
    expect(proposal.preview[1]).toEqual(['0.002', '-0.13', '0.13']);
    const recording = readDelimited('a.csv', ascii(text), proposal as DelimitedTextMapping);
    expect(recording.samplingRateHz).toBe(500);
    expect([...recording.leads[1]!.millivolts].map((value) => 0 - Math.round(value * 100))).toEqual(samples);
  });

  it('reads decimal commas, semicolons and a line of units', () => {
    const text = `t;I;aVR\nms;uV;uV\n${rows((v, i) => `${i * 4},0;${v},5;${v}`)}\n`;
    const proposal = proposeMapping('a.csv', ascii(text));
    expect(proposal).toMatchObject({
      delimiter: ';',
      decimalMark: ',',
      time: { column: 0, unit: 'ms' },
      units: 'uV',
      certain: true,
    });
    const { leads, samplingRateHz } = readDelimited('a.csv', ascii(text), proposal as DelimitedTextMapping);
    expect(samplingRateHz).toBe(250);
    expect([...leads[0]!.millivolts].map((value) => Math.round(value * 10_000) - 5)).toEqual(
      samples.map((v) => (v < 0 || Object.is(v, -0) ? v * 10 - 10 : v * 10)),
    );
  });

  it('asks where the file does not tell', () => {
    const bare = proposeMapping('a.txt', ascii(rows((v) => `${v}\t${v + 1}`)));
    expect(bare).toMatchObject({ delimiter: '\t', time: null, units: null, certain: false });
    expect(bare.leads.map(({ name }) => name)).toEqual(['ECG1', 'ECG2']);
    const counted = proposeMapping('a.csv', ascii(`index,ECG\n${rows((v, i) => `${i},${v}`)}`));
    expect(counted).toMatchObject({ time: null, leads: [{ column: 1, name: 'ECG' }], certain: false });
    const guessed = proposeMapping('a.csv', ascii(`time,II\n${rows((v, i) => `${i * 0.004},${v}`)}`));
    expect(guessed).toMatchObject({ time: { kind: 'column', unit: 's' }, units: null, certain: false });
  });

  it.each([
    ['prose', 'This is a letter, not an ECG.\n'.repeat(20)],
    ['labels', 'A00001,N\nA00002,A\n'.repeat(20)],
    ['few rows', '1,2\n3,4\n'],
    ['zero bytes', `1,2\0\n${'3,4\n'.repeat(20)}`],
  ])('is nothing for %s', (_, text) => {
    expect(recogniseEcgFormat(ascii(text), text.length)).toBeNull();
  });
});

describe('reading', () => {
  const mapping: DelimitedTextMapping = {
    delimiter: ',',
    decimalMark: '.',
    skipLines: 1,
    time: { kind: 'column', column: 0, unit: 's' },
    units: 'mV',
    leads: [{ column: 1, name: 'II' }],
  };
  const file = (lines: string[]) => ascii(['t,II', ...lines].join('\r\n'));
  const good = samples.map((v, i) => `${i / 250},${v}`);

  it('takes missing values as missing and quotes off', () => {
    const { leads } = readDelimited('a.csv', file(['0,""', '0.004,NaN', '0.008,"-0.5"', '']), mapping);
    expect([...leads[0]!.millivolts]).toEqual([Number.NaN, Number.NaN, -0.5]);
  });

  it.each([
    ['a word among the samples', good.with(9, '0.036,x'), {}, 'value-out-of-range', 'a.csv line 11'],
    ['a short row', good.with(9, '0.036'), {}, 'value-out-of-range', 'a.csv line 11'],
    ['a missing row', good.toSpliced(9, 3), {}, 'value-out-of-range', 'a.csv line 11'],
    ['times that stand still', good.map(() => '0,1'), {}, 'value-out-of-range', 'a.csv line 2'],
    ['no rows', [], {}, 'no-signal', 'a.csv'],
    ['one row an hour', good.map((_, i) => `${i * 3600},1`), {}, 'value-out-of-range', 'a.csv line 2'],
    [
      'a column that is not there',
      good,
      { leads: [{ column: 7, name: 'II' }] },
      'value-out-of-range',
      'a.csv line 2',
    ],
  ] as const)('refuses %s', (_, lines, change, code, at) => {
    expect(
      errorOf(() =>
        readDelimited('a.csv', file([...lines]), { ...mapping, ...change } as DelimitedTextMapping),
      ),
    ).toMatchObject({ code, at });
  });
});
