/** Checks of what the renderer asks, before anything is done with it. */
import type { ErrorBody } from '../src/contract/errors.ts';
import {
  NOT_FROM_RENDERER,
  REQUESTS,
  type RequestInput,
  type RequestName,
} from '../src/contract/protocol.ts';

/** A message that passed all checks. */
export type CheckedRequest = {
  [Name in RequestName]: { name: Name; input: RequestInput<Name> };
}[RequestName];

export type CheckedMessage = { ok: true; request: CheckedRequest } | { ok: false; error: ErrorBody };

/** The answer to what the shell does not do. */
export function refused(message: string, at: string | null = null): { ok: false; error: ErrorBody } {
  return { ok: false, error: { code: 'invalid-request', message, at } };
}

/** Checks a message from the renderer against the contract; what the renderer may not ask is refused. */
export function checkMessage(name: unknown, input: unknown): CheckedMessage {
  if (typeof name !== 'string' || !Object.hasOwn(REQUESTS, name)) return refused('There is no such request.');
  const known = name as RequestName;
  if (NOT_FROM_RENDERER.includes(known)) return refused('The window may not make this request.', known);
  const parsed = REQUESTS[known].input.safeParse(input);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
    return refused(fields.join('; '), known);
  }
  return { ok: true, request: { name: known, input: parsed.data } as CheckedRequest };
}
