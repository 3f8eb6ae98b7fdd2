/**
 * Where the user is. Kept in the history entry, which survives a crash and reload of the window but is
 * never written to disk.
 */
export type Place = { screen: 'worklist' } | { screen: 'settings' } | { screen: 'ecg'; studyId: string };

function entry(): Record<string, unknown> {
  const kept: unknown = window.history.state;
  return typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>) : {};
}

export function rememberedPlace(): Place {
  const { screen, studyId } = entry();
  if (screen === 'settings') return { screen };
  if (screen === 'ecg' && typeof studyId === 'string') return { screen, studyId };
  return { screen: 'worklist' };
}

export function rememberPlace(place: Place): void {
  window.history.replaceState({ ...entry(), studyId: undefined, ...place }, '');
}

/** Left edge of the strip of a study, seconds; null where it was not seen in this session. */
export function rememberedSeconds(studyId: string): number | null {
  const seconds = entry()[`seconds:${studyId}`];
  return typeof seconds === 'number' ? seconds : null;
}

export function rememberSeconds(studyId: string, seconds: number): void {
  window.history.replaceState({ ...entry(), [`seconds:${studyId}`]: seconds }, '');
}
