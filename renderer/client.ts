/** The one door to the service: typed requests that throw what the service answered as an error. */
import { KirchhoffError } from '../src/contract/errors.ts';
import type {
  Answer,
  KirchhoffEvent,
  RequestInput,
  RequestName,
  RequestOutput,
} from '../src/contract/protocol.ts';

function unwrap<Name extends RequestName>(answer: Answer<Name>): RequestOutput<Name> {
  if (answer.ok) return answer.value;
  throw KirchhoffError.fromBody(answer.error);
}

/** Rejects with KirchhoffError. */
export async function request<Name extends RequestName>(
  name: Name,
  input: RequestInput<Name>,
): Promise<RequestOutput<Name>> {
  return unwrap<Name>(await window.kirchhoff.request(name, input));
}

/** Imports what was dropped on the window; rejects with KirchhoffError. */
export async function importDropped(files: readonly File[]): Promise<{ jobId: string }> {
  return unwrap<'studies.import'>(await window.kirchhoff.importDropped(files));
}

/** Returns a function that ends the subscription. */
export function onEvent(listener: (event: KirchhoffEvent) => void): () => void {
  return window.kirchhoff.onEvent(listener);
}
