import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHEAP_SCRYPT } from '../../test/records/synthetic-study.ts';
import { BEAT_CLASSES } from '../contract/ecg.ts';
import type { WaveLimit } from '../contract/intervals.ts';
import type { Job, KirchhoffEvent, RequestInput, RequestName, RequestOutput } from '../contract/protocol.ts';
import type { LimitPlace } from '../contract/study.ts';
import { readWfdbAnnotations } from '../ecg/formats/wfdb/annotations.ts';
import { machineLimits } from '../ecg/wave-limits.ts';
import { reportSchema } from '../report/report-json.ts';
import { KirchhoffService } from './kirchhoff-service.ts';
import { resourcePath } from './resources.ts';

const PASSPHRASE = 'correct horse battery';
const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-service-'));
const store = join(folder, 'store');
let service: KirchhoffService;
let events: KirchhoffEvent[] = [];

async function ask<Name extends RequestName>(
  name: Name,
  input: RequestInput<Name>,
): Promise<RequestOutput<Name>> {
  const answer = await service.request(name, input);
  if (!answer.ok) throw new Error(`${name}: ${answer.error.code} ${answer.error.message}`);
  return answer.value;
}

async function refusal<Name extends RequestName>(name: Name, input: RequestInput<Name>): Promise<string> {
  const answer = await service.request(name, input);
  return answer.ok ? 'ok' : answer.error.code;
}

function open(): void {
  service = new KirchhoffService(store, { scryptCostForTests: CHEAP_SCRYPT });
  service.onEvent((event) => events.push(event));
}

/** Waits until a job has ended; fails the test's timeout otherwise. */
async function ended(jobId: string): Promise<Job> {
  for (;;) {
    const job = (await ask('jobs.list', {})).find((candidate) => candidate.id === jobId);
    if (job && job.state !== 'queued' && job.state !== 'running') return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function importAll(paths: string[]): Promise<Job> {
  return ended((await ask('studies.import', { paths })).jobId);
}

async function intervalsOf(studyId: string) {
  const { summary, findings } = await ask('studies.get', { studyId });
  return { intervals: summary!.intervals!, findings: findings.map(({ label }) => label) };
}

/** Copies a sample's header and signal, not its reference annotations. */
function copySample(name: string, into: string): string {
  mkdirSync(into, { recursive: true });
  for (const extension of ['.hea', '.dat'])
    copyFileSync(resourcePath('samples', name + extension), join(into, name + extension));
  return join(into, `${name}.hea`);
}

const samples = readdirSync(resourcePath('samples'))
  .filter((name) => name.endsWith('.hea'))
  .map((name) => name.slice(0, -4));
const sampleFilms = readdirSync(resourcePath('samples'))
  .filter((name) => name.endsWith('.jpeg'))
  .sort();

beforeAll(open);
afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the service', () => {
  it('refuses everything but the session before a user exists', async () => {
    expect(await ask('session.state', {})).toMatchObject({ store: 'none', users: [] });
    expect(await refusal('studies.list', {})).toBe('locked');
  });

  it('refuses unknown requests and payloads that break the contract', async () => {
    expect(await refusal('studies.get', { studyId: '../../etc/passwd' })).toBe('invalid-request');
    expect(await refusal('nothing.such' as RequestName, {} as never)).toBe('invalid-request');
    expect(await refusal('toString' as RequestName, {} as never)).toBe('invalid-request');
    expect(await refusal('studies.open', { kind: 'folder' })).toBe('invalid-request');
  });

  it('imports and analyses the bundled samples after a user is created', async () => {
    const { recoveryKey } = await ask('session.createUser', { name: 'Dr Ohm', passphrase: PASSPHRASE });
    expect(recoveryKey.length).toBeGreaterThan(20);
    const job = await ended((await ask('studies.importSamples', {})).jobId);
    const done = samples.length + sampleFilms.length;
    expect(job).toMatchObject({ state: 'done', done, errors: [], passedOver: [] });
    const films = await ask('imaging.list', {});
    expect(films.map(({ description }) => description).sort()).toEqual(sampleFilms);
    // Their age is not known, which is for review, not for refusal.
    for (const film of films) expect(film.status, film.description).toBe('preliminary');
    const studies = await ask('studies.list', {});
    expect(studies.map((study) => study.recordName).sort()).toEqual([...samples].sort());
    for (const study of studies) expect(['preliminary', 'refused']).toContain(study.status);
    expect(
      events.some((event) => event.kind === 'job' && event.job.progress > 0 && event.job.progress < 1),
    ).toBe(true);
  });

  it('finds in the samples what their reference annotations hold', async () => {
    // Annotations are read by this test only, never by the analysis.
    const studies = await ask('studies.list', {});
    let found = 0;
    let reference = 0;
    for (const { id, recordName, samplingRateHz } of await Promise.all(
      studies.map(({ id }) => ask('studies.get', { studyId: id })),
    )) {
      const beats = await ask('beats.get', { studyId: id });
      const annotations = readWfdbAnnotations(readFileSync(resourcePath('samples', `${recordName}.atr`)));
      const positions = annotations.filter((a) => BEAT_CODES.has(a.code)).map((a) => a.sample);
      reference += positions.length;
      found += positions.filter((p) =>
        beats.sample.some((s) => Math.abs(s - p) <= 0.15 * samplingRateHz),
      ).length;
    }
    expect(reference).toBeGreaterThan(300);
    expect(found / reference).toBeGreaterThan(0.95);
  });

  it('says so when the same content is imported twice, whatever it is called', async () => {
    const again = await importAll([resourcePath('samples', `${samples[0]}.hea`)]);
    expect(again.duplicates).toMatchObject([{ recordName: samples[0] }]);
    expect((await ask('studies.list', {})).length).toBe(samples.length);
  });

  it('goes on after a bad file and names it', async () => {
    const bad = join(folder, 'bad');
    copySample(samples[0], bad);
    const bytes = readFileSync(join(bad, `${samples[0]}.dat`));
    writeFileSync(join(bad, `${samples[0]}.dat`), bytes.subarray(0, 1000));
    copySample(samples[1], bad);
    const job = await importAll([bad]);
    expect(job.state).toBe('done');
    expect(job.errors).toHaveLength(1);
    expect(job.errors[0].at).toContain(`${samples[0]}.dat`);
    expect(job.duplicates).toMatchObject([{ recordName: samples[1] }]);
  });

  it('keeps corrections beside the machine’s answer, with undo and redo, until the study is confirmed', async () => {
    const { id } = (await ask('studies.list', {})).find((study) => study.status === 'preliminary')!;
    const before = await ask('beats.get', { studyId: id });
    const row = before.label.indexOf(BEAT_CLASSES.indexOf('N'));
    const sample = before.sample[row];
    const relabelled = await ask('beats.correct', {
      studyId: id,
      correction: { kind: 'relabel', sample, label: 'V' },
    });
    expect(relabelled.beats.label[row]).toBe(BEAT_CLASSES.indexOf('V'));
    expect(relabelled.beats.machineLabel[row]).toBe(BEAT_CLASSES.indexOf('N'));
    expect(relabelled.study.corrections).toEqual({ count: 1, canUndo: true, canRedo: false });
    const countV = (study: typeof relabelled.study) => study.summary!.beats.V.count;
    const undone = await ask('beats.undo', { studyId: id });
    expect(countV(relabelled.study)).toBe(countV(undone.study) + 1);
    expect(undone.beats.label).toEqual(before.label);
    const redone = await ask('beats.redo', { studyId: id });
    expect(redone.beats.label).toEqual(relabelled.beats.label);
    expect(
      await refusal('beats.correct', { studyId: id, correction: { kind: 'delete', sample: sample + 1 } }),
    ).toBe('invalid-request');

    const confirmed = await ask('studies.confirm', { studyId: id });
    expect(confirmed).toMatchObject({ status: 'confirmed', confirmed: { by: 'Dr Ohm' } });
    expect(await refusal('beats.undo', { studyId: id })).toBe('invalid-request');
    expect(await refusal('studies.reanalyse', { studyId: id, device: {} })).toBe('invalid-request');
    const reopened = await ask('studies.reopen', { studyId: id, reason: 'second opinion' });
    expect(reopened.status).toBe('preliminary');

    const again = await ended((await ask('studies.reanalyse', { studyId: id, device: { seed: 9 } })).jobId);
    expect(again.state).toBe('done');
    const after = await ask('studies.get', { studyId: id });
    expect(after.provenance?.seed).toBe(9);
    expect(after.corrections.count).toBe(1);
    expect((await ask('beats.get', { studyId: id })).label[row]).toBe(BEAT_CLASSES.indexOf('V'));
  });

  it('puts an added beat on the R peak beside it, and takes it back', async () => {
    const { id } = (await ask('studies.list', {})).find((study) => study.recordName.includes('233'))!;
    const { samplingRateHz } = await ask('studies.get', { studyId: id });
    const before = await ask('beats.get', { studyId: id });
    const offset = Math.round(0.02 * samplingRateHz);
    for (const row of [10, 20, 30]) {
      const sample = before.sample[row];
      await ask('beats.correct', { studyId: id, correction: { kind: 'delete', sample } });
      const added = await ask('beats.correct', {
        studyId: id,
        correction: { kind: 'add', sample: sample - offset, label: 'N' },
      });
      // The detector's own place, to within the width of a QRS's tip.
      expect(Math.abs(added.beats.sample[row] - sample)).toBeLessThanOrEqual(0.01 * samplingRateHz);
      const near = { kind: 'add', sample: sample + offset, label: 'N' } as const;
      expect(await refusal('beats.correct', { studyId: id, correction: near })).toBe('invalid-request');
      await ask('beats.undo', { studyId: id });
      expect((await ask('beats.undo', { studyId: id })).beats.sample).toEqual(before.sample);
    }
  });

  it('finds templates, relabels one at once and takes that back as one step', async () => {
    const { id } = (await ask('studies.list', {})).find((study) => study.recordName.includes('233'))!;
    const before = await ask('beats.get', { studyId: id });
    const { templates, memberOf, rPeak } = await ask('templates.get', { studyId: id });
    expect(memberOf).toHaveLength(before.sample.length);
    expect(templates.reduce((sum, { beats }) => sum + beats, 0)).toBe(before.sample.length);
    expect(templates[0]!.waveforms[0]!.median.length).toBeGreaterThan(rPeak);
    const ectopic = templates.find(({ label }) => label === 'V')!;
    const samples = before.sample.filter((_, i) => memberOf[i] === ectopic.id);
    const { corrections } = await ask('studies.get', { studyId: id });
    const relabelled = await ask('beats.correct', {
      studyId: id,
      correction: { kind: 'relabel-many', samples, label: 'S', group: `Template ${ectopic.id + 1}` },
    });
    expect(relabelled.study.corrections.count).toBe(corrections.count + 1);
    expect(relabelled.study.summary!.holter!.supraventricular.beats.count).toBe(
      relabelled.beats.label.filter((label) => label === BEAT_CLASSES.indexOf('S')).length,
    );
    const now = (await ask('templates.get', { studyId: id })).templates.find(({ id }) => id === ectopic.id)!;
    expect(now).toMatchObject({ beats: samples.length, label: 'S', reviewFraction: 0 });
    expect(now.waveforms).toEqual(ectopic.waveforms);
    const undone = await ask('beats.undo', { studyId: id });
    expect(undone.beats.label).toEqual(before.label);
    expect((await ask('templates.get', { studyId: id })).templates).toEqual(templates);
  });

  it("keeps a reader's limits of the median beat beside the machine's, through relabelling, undo and redo", async () => {
    const { id } = (await ask('studies.list', {})).find((study) => study.recordName.includes('mitdb-100'))!;
    const { intervals, findings } = await intervalsOf(id);
    const qrs = intervals.qrsMs!;
    const limits = machineLimits(intervals);
    const correct = (limit: WaveLimit, place: LimitPlace) =>
      ask('beats.correct', { studyId: id, correction: { kind: 'wave-limit', limit, place } });
    expect(findings).toContain(`QRS ${Math.round(qrs.value)} ms`);
    await correct('qrsEnd', { at: 'ms', fromRPeakMs: limits.qrsOnset! + 130 });
    await correct('pOnset', { at: 'nowhere' });
    const edited = await intervalsOf(id);
    expect(edited.intervals.qrsMs).toEqual(qrs);
    expect(edited.intervals.measuredByReader).toMatchObject({ qrsMs: expect.closeTo(130, 6), prMs: null });
    expect(edited.intervals.measuredByReader).not.toHaveProperty('qtMs');
    expect(edited.findings).toContain('QRS 130 ms, long, measured by the reader');
    expect(edited.findings.some((label) => label.startsWith('PR '))).toBe(false);

    const beats = await ask('beats.get', { studyId: id });
    const relabelled = await ask('beats.correct', {
      studyId: id,
      correction: { kind: 'relabel', sample: beats.sample[3]!, label: 'V' },
    });
    expect(relabelled.study.summary!.intervals).toEqual(edited.intervals);
    const path = join(folder, 'measured.json');
    await ask('report.write', { studyId: id, format: 'json', path });
    const report = reportSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    expect(report.summary!.intervals!.measuredByReader).toEqual(edited.intervals.measuredByReader);
    expect(report.corrections.filter(({ kind }) => kind === 'wave-limit')).toHaveLength(2);

    const refused = (limit: WaveLimit, fromRPeakMs: number) =>
      refusal('beats.correct', {
        studyId: id,
        correction: { kind: 'wave-limit', limit, place: { at: 'ms', fromRPeakMs } },
      });
    expect(await refused('qrsOnset', limits.qrsOnset! + 131)).toBe('invalid-request');
    expect(await refused('tEnd', 5000)).toBe('invalid-request');
    for (let i = 0; i < 3; i++) await ask('beats.undo', { studyId: id });
    const undone = await intervalsOf(id);
    expect(undone).toEqual({ intervals: { ...intervals, measuredByReader: null }, findings });
    for (let i = 0; i < 3; i++) await ask('beats.redo', { studyId: id });
    expect(await intervalsOf(id)).toMatchObject({ intervals: edited.intervals });
    for (let i = 0; i < 3; i++) await ask('beats.undo', { studyId: id });
  });

  it('serves the signal in windows and as an overview', async () => {
    const [{ id }] = await ask('studies.list', {});
    const window = await ask('signal.window', {
      studyId: id,
      leads: [0],
      startSample: 100,
      lengthSamples: 720,
    });
    expect(window.leads[0]).toHaveLength(720);
    const steady = await ask('signal.window', {
      studyId: id,
      leads: [0],
      startSample: 100,
      lengthSamples: 720,
      filter: 'steady',
    });
    expect(steady.leads[0]).toHaveLength(720);
    expect(steady.leads[0]).not.toEqual(window.leads[0]);
    expect(steady.leads[0]!.every((value) => Number.isFinite(value))).toBe(true);
    const { minMax } = await ask('signal.overview', { studyId: id, lead: 0, columns: 50 });
    expect(minMax).toHaveLength(100);
    for (let column = 0; column < 50; column++)
      expect(minMax[2 * column]).toBeLessThanOrEqual(minMax[2 * column + 1]);
    expect(
      await refusal('signal.window', { studyId: id, leads: [0, 1], startSample: 0, lengthSamples: 1 << 20 }),
    ).toBe('invalid-request');
    expect(
      await refusal('signal.window', { studyId: id, leads: [40], startSample: 0, lengthSamples: 10 }),
    ).toBe('invalid-request');
  });

  it('writes reports in every format', async () => {
    const { id } = (await ask('studies.list', {})).find((study) => study.status === 'preliminary')!;
    for (const [format, start] of [
      ['pdf', '%PDF-'],
      ['json', '{'],
    ] as const) {
      const path = join(folder, `report.${format}`);
      await ask('report.write', { studyId: id, format, path });
      expect(readFileSync(path, 'latin1').startsWith(start)).toBe(true);
    }
    const path = join(folder, 'report.kir');
    await ask('report.write', { studyId: id, format: 'wfdb', path });
    const beats = await ask('beats.get', { studyId: id });
    const annotations = readWfdbAnnotations(readFileSync(path));
    const written = annotations.filter(({ code }) => BEAT_CODES.has(code)).map(({ sample }) => sample);
    expect(written).toEqual([...beats.sample]);
    expect(annotations[0]).toMatchObject({ sample: 0, code: '+' });
    expect(
      await refusal('report.write', {
        studyId: id,
        format: 'pdf',
        path: join(folder, 'no', 'such', 'folder.pdf'),
      }),
    ).not.toBe('ok');
  });

  it('cancels an import without losing what is stored', async () => {
    const { jobId } = await ask('studies.import', { paths: [resourcePath('samples')] });
    await ask('jobs.cancel', { jobId });
    expect((await ended(jobId)).state).toBe('cancelled');
    expect((await ask('studies.list', {})).length).toBe(samples.length);
  });

  it('hides everything behind the lock and opens with the right passphrase only', async () => {
    await ask('session.lock', {});
    expect(await refusal('studies.list', {})).toBe('locked');
    expect(await refusal('session.unlock', { name: 'Dr Ohm', passphrase: 'wrong' })).toBe('wrong-passphrase');
    expect(await ask('session.unlock', { name: 'Dr Ohm', passphrase: PASSPHRASE })).toMatchObject({
      store: 'unlocked',
    });
    expect((await ask('studies.list', {})).length).toBe(samples.length);
  });

  it('has every act in an audit log that verifies', async () => {
    const { rows, brokenAtSequence } = await ask('audit.verify', {});
    expect(brokenAtSequence).toBeNull();
    const log = await ask('audit.list', { limit: 1000, beforeSequence: null });
    expect(log).toHaveLength(rows);
    const actions = new Set(log.map((row) => row.action));
    expect(actions.size).toBeGreaterThan(8);
  });

  it('finds everything again after it was closed', async () => {
    const before = await ask('studies.list', {});
    await service.close();
    events = [];
    open();
    await ask('session.unlock', { name: 'Dr Ohm', passphrase: PASSPHRASE });
    expect(await ask('studies.list', {})).toEqual(before);
    expect(existsSync(join(store, 'vault'))).toBe(true);
  });
});

/** PhysioBank codes of beats (the samples hold no others). */
const BEAT_CODES = new Set(['N', 'L', 'R', 'A', 'a', 'J', 'S', 'V', 'F', 'e', 'j', 'E', '/', 'f', 'Q']);
