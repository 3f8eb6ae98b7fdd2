import { describe, expect, it } from 'vitest';
import type { Conduction, RhythmSignal } from '../../contract/rhythm.ts';
import { applyCorrections } from '../ecg-beats/corrections.ts';
import { ensembleOf, RATE_HZ, steady, testBeats } from '../ecg-beats/test-beats.ts';
import { summariseStudy } from './summarise-study.ts';
import { testRhythm } from './test-rhythm.ts';

const MINUTES = 6;
const SECONDS = MINUTES * 60;

function conduction(pr: (number | null)[], avBlock: Conduction['avBlock'] = []): Conduction {
  return {
    avBlock,
    pr: pr.map((ms, minute) => ({
      startSample: minute * 60 * RATE_HZ,
      endSample: (minute + 1) * 60 * RATE_HZ,
      ms,
      deviationMs: 10,
    })),
    judgedFraction: pr.filter((ms) => ms !== null).length / MINUTES,
  };
}

function studied(changes: Partial<RhythmSignal>) {
  const { beats, rows } = testBeats(steady(Math.floor(SECONDS / 0.8) - 1, 0.5, 0.8));
  const facts = {
    samplingRateHz: RATE_HZ,
    lengthSamples: SECONDS * RATE_HZ,
    leads: [],
    analysable: new Uint8Array(SECONDS).fill(1),
  };
  const signal = { ...testRhythm(SECONDS, RATE_HZ), ...changes };
  const { summary, findings } = summariseStudy(
    facts,
    applyCorrections(beats, []),
    ensembleOf(rows, applyCorrections(beats, [])),
    signal,
  );
  return {
    blocks: summary.rhythm!.episodes.filter(({ kind }) => kind.startsWith('av-block')),
    findings: findings.filter(({ code }) => code === 'av-block'),
    preExcited: summary.rhythm!.episodes.filter(({ kind }) => kind === 'pre-excitation'),
    suspected: findings.filter(({ code }) => code === 'pre-excitation'),
    outcome: (rule: string) => summary.holter!.urgent.find((one) => one.rule === rule)!.outcome,
  };
}

const complete = {
  kind: 'complete',
  startSample: 100 * RATE_HZ,
  endSample: 130 * RATE_HZ,
  pWaves: 38,
  likeness: 0.9,
  atrialBpm: 76,
} as const;

describe('first-degree block', () => {
  it('is a PR above 200 ms for two minutes, with the chance that it is above', () => {
    const { blocks, findings } = studied({ conduction: conduction([180, 180, 220, 224, 220, 180]) });
    expect(blocks).toHaveLength(1);
    expect(blocks[0]).toMatchObject({
      kind: 'av-block-first-degree',
      startSample: 120 * RATE_HZ,
      endSample: 300 * RATE_HZ,
      recommendation: 'accept',
    });
    expect(blocks[0]!.probability).toBeCloseTo(0.977, 2);
    expect(findings.map(({ severity }) => severity)).toEqual(['information']);
  });

  it('is not made by one minute that strays, nor told where no P wave is', () => {
    expect(studied({ conduction: conduction([180, 180, 240, 180, 180, 180]) }).blocks).toEqual([]);
    expect(studied({ conduction: conduction([null, null, null, null, null, null]) }).blocks).toEqual([]);
  });

  it('near the limit is for review', () => {
    const [block] = studied({ conduction: conduction([202, 203, 204, 203, 204, 203]) }).blocks;
    expect(block!.recommendation).toBe('review');
    expect(block!.probability).toBeLessThan(0.7);
  });
});

describe('second- and third-degree block', () => {
  it('is urgent, for review, and answers the urgent rule', () => {
    const { blocks, findings, outcome } = studied({
      conduction: conduction([160, 160, 160, 160, 160, 160], [complete]),
    });
    expect(blocks[0]).toMatchObject({
      kind: 'av-block-complete',
      startSample: complete.startSample,
      endSample: complete.endSample,
      source: 'signal',
      probability: null,
      recommendation: 'review',
    });
    expect(findings[0]).toMatchObject({ severity: 'urgent', recommendation: 'review' });
    expect(outcome('complete-block')).toBe('found');
    expect(outcome('av-block')).toBe('not-found');
  });

  it('is not told in atrial fibrillation', () => {
    const af = testRhythm(SECONDS, RATE_HZ, [[60, 240]]);
    const conducted = conduction([160, null, null, null, 160, 160], [complete]);
    expect(studied({ ...af, conduction: conducted }).blocks).toEqual([]);
  });

  it('leaves the urgent rules not judged where P waves are hardly seen or nobody looked', () => {
    const hardly = studied({ conduction: conduction([null, null, null, null, 160, 160]) });
    expect(hardly.outcome('complete-block')).toBe('not-judged');
    expect(studied({}).outcome('complete-block')).toBe('not-judged');
  });
});

describe('pre-excitation', () => {
  const stretch = { startSample: 100 * RATE_HZ, endSample: 130 * RATE_HZ, beats: 20 };
  const pr = [160, 160, 160, 160, 160, 160];

  it('is an episode for review without a probability, and urgent', () => {
    const { preExcited, suspected, outcome } = studied({
      conduction: { ...conduction(pr), preExcitation: [stretch] },
    });
    expect(preExcited).toMatchObject([
      { startSample: 100 * RATE_HZ, layer: 'event', probability: null, recommendation: 'review' },
    ]);
    expect(suspected).toMatchObject([{ severity: 'urgent', recommendation: 'review', probability: null }]);
    expect(suspected[0]!.label).toMatch(/^Pre-excitation suspected, 1 episode, 30 s/);
    expect(outcome('pre-excitation')).toBe('found');
  });

  it('is not found where P waves were seen, else not judged', () => {
    const rule = (seen: (number | null)[]) =>
      studied({ conduction: { ...conduction(seen), preExcitation: [] } }).outcome('pre-excitation');
    expect(rule(pr)).toBe('not-found');
    expect(rule([null, null, null, null, 160, 160])).toBe('not-judged');
  });

  it('is not judged in studies of versions that did not look for it', () => {
    expect(studied({ conduction: conduction(pr) }).outcome('pre-excitation')).toBe('not-judged');
  });
});
