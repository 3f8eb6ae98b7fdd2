import { describe, expect, it } from 'vitest';
import { NOT_FROM_RENDERER, REQUESTS } from '../src/contract/protocol.ts';
import { checkMessage } from './check-message.ts';

describe('checkMessage', () => {
  it('passes on what the contract knows, with its defaults filled in', () => {
    const checked = checkMessage('studies.reanalyse', { studyId: 'a'.repeat(32), device: { seed: 7 } });
    expect(checked).toMatchObject({
      ok: true,
      request: {
        name: 'studies.reanalyse',
        input: { device: { seed: 7, samples: 32, profile: 'pcm-nandakumar-2019' } },
      },
    });
  });

  it.each([
    'toString',
    '__proto__',
    'hasOwnProperty',
    'no.such',
    '',
    7,
    null,
    undefined,
    {},
    ['session.state'],
  ])('refuses the name %s', (name) => {
    expect(checkMessage(name, {})).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  });

  it('refuses what the renderer may not ask, whatever the payload', () => {
    expect(NOT_FROM_RENDERER.length).toBeGreaterThan(0);
    for (const name of NOT_FROM_RENDERER) {
      const input = { studyId: 'a'.repeat(32), format: 'pdf', path: '/tmp/x.pdf' };
      for (const payload of [input, {}]) {
        expect(checkMessage(name, payload)).toMatchObject({
          ok: false,
          error: { code: 'invalid-request', at: name },
        });
      }
    }
  });

  it('names the field that is wrong', () => {
    const checked = checkMessage('signal.window', {
      studyId: 'b'.repeat(32),
      leads: [0],
      startSample: -1,
      lengthSamples: 5,
    });
    expect(checked).toMatchObject({ ok: false, error: { at: 'signal.window' } });
    expect(checked.ok ? '' : checked.error.message).toContain('startSample');
  });

  it('refuses a wrong payload of every request', () => {
    for (const name of Object.keys(REQUESTS)) expect(checkMessage(name, 'text').ok, name).toBe(false);
  });
});
