import { expect, it } from 'vitest';
import { recordedEventKind } from './recorded-events.ts';

it.each([
  ['Patient event', 'patient'],
  ['patient-activated', 'patient'],
  ['Event button', 'patient'],
  ['Event 3', 'patient'],
  ['Marker #2', 'patient'],
  ['button pressed', 'patient'],
  ['Recording starts', 'device'],
  ['no signal: V5', 'device'],
  ['Lead off', 'device'],
  ['palpitations after stairs', 'note'],
  ['In the event of pain: nitrate taken', 'note'],
  ['Patient climbs stairs', 'note'],
  ['', 'note'],
] as const)('takes "%s" for %s', (text, kind) => {
  expect(recordedEventKind({ text })).toBe(kind);
});
