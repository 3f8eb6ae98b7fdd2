/**
 * Where the user is. Kept in the fragment of the page's address: of all that a page has, it alone outlives a
 * crash of the page without being written to disk. It names studies by their random ids, never a patient.
 */
export type Place =
  | { screen: 'worklist' }
  | { screen: 'settings' }
  | { screen: 'device' }
  | { screen: 'ecg'; studyId: string }
  | { screen: 'radiograph'; studyId: string };

function kept(): URLSearchParams {
  return new URLSearchParams(window.location.hash.slice(1));
}

function keep(place: URLSearchParams): void {
  window.history.replaceState(null, '', `#${place}`);
}

export function rememberedPlace(): Place {
  const place = kept();
  const screen = place.get('screen');
  const studyId = place.get('study');
  if (screen === 'settings' || screen === 'device') return { screen };
  if ((screen === 'ecg' || screen === 'radiograph') && studyId !== null) return { screen, studyId };
  return { screen: 'worklist' };
}

export function rememberPlace(place: Place): void {
  const next = kept();
  next.set('screen', place.screen);
  if ('studyId' in place) next.set('study', place.studyId);
  else next.delete('study');
  keep(next);
}

/** Left edge of the strip of a study, seconds; null where it was not seen in this session. */
export function rememberedSeconds(studyId: string): number | null {
  const seconds = kept().get(studyId);
  return seconds !== null && Number.isFinite(Number(seconds)) ? Number(seconds) : null;
}

export function rememberSeconds(studyId: string, seconds: number): void {
  const next = kept();
  next.set(studyId, seconds.toFixed(3));
  keep(next);
}
