/**
 * The errors that reach a user. Each names what was read and the place in it, says what is wrong and what
 * to do; anything else that is thrown is a defect and is shown as `internal`.
 */
import { z } from 'zod';

export const ERROR_CODES = [
  'file-missing',
  'file-truncated',
  'file-too-large',
  'file-outside-folder',
  'header-invalid',
  'format-unknown',
  'format-unsupported',
  'value-out-of-range',
  'no-signal',
  'model-invalid',
  'profile-invalid',
  'not-found',
  'locked',
  'wrong-passphrase',
  'already-exists',
  'invalid-request',
  'cancelled',
  'store-corrupt',
  'store-in-use',
  'disk-full',
  'internal',
] as const;
export const errorCodeSchema = z.enum(ERROR_CODES);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

export const errorBodySchema = z.object({
  code: errorCodeSchema,
  /** One or two sentences: what is wrong, what to do. Never holds patient data. */
  message: z.string(),
  /** File name and place, for instance `100.hea line 3` or `100.dat byte 64800`; null where there is none. */
  at: z.string().nullable(),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

/** A typed, user-facing error; crosses processes as its `body`. */
export class KirchhoffError extends Error {
  override readonly name = 'KirchhoffError';
  readonly body: ErrorBody;

  constructor(code: ErrorCode, message: string, at: string | null = null) {
    super(at === null ? message : `${at}: ${message}`);
    this.body = { code, message, at };
  }

  get code(): ErrorCode {
    return this.body.code;
  }

  static fromBody(body: ErrorBody): KirchhoffError {
    return new KirchhoffError(body.code, body.message, body.at);
  }
}

/** The body of any thrown value; what is not a KirchhoffError becomes `internal` with its message. */
export function errorBodyOf(thrown: unknown): ErrorBody {
  if (thrown instanceof KirchhoffError) return thrown.body;
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return { code: 'cancelled', message: 'Cancelled.', at: null };
  }
  return { code: 'internal', message: messageOf(thrown), at: null };
}

/** Of a value that breaks its schema the first field that does, not the whole list. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof z.ZodError) {
    const [issue] = thrown.issues;
    return `An answer of the program breaks its own form at ${issue?.path.join('.')}: ${issue?.message}. Please report this.`;
  }
  return thrown instanceof Error ? thrown.message : String(thrown);
}
