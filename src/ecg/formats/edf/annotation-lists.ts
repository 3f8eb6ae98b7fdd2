/** Time-stamped annotation lists of EDF+ (Kemp and Olivan 2003, section 2.2.2): the bytes of an annotation signal. */
import { KirchhoffError } from '../../../contract/errors.ts';
import type { RecordedEvent } from '../../recording.ts';

export interface AnnotationLists {
  /** When the data record began, seconds after the start of the file; null where it does not say. */
  recordOnsetSeconds: number | null;
  /** Onsets in seconds after the start of the file. */
  events: RecordedEvent[];
}

const DURATION_MARK = 0x15;
const TEXT_MARK = 0x14;

/** @param firstByte of `bytes` in the file, for messages */
export function parseAnnotationLists(
  bytes: Uint8Array,
  fileName: string,
  firstByte: number,
): AnnotationLists {
  const events: RecordedEvent[] = [];
  let recordOnsetSeconds: number | null = null;
  let start = 0;
  while (start < bytes.length) {
    if (bytes[start] === 0) {
      start++;
      continue;
    }
    const zero = bytes.indexOf(0, start);
    const end = zero === -1 ? bytes.length : zero;
    const list = bytes.subarray(start, end);
    const head = list.indexOf(TEXT_MARK);
    const stamp = new TextDecoder('latin1').decode(head === -1 ? list : list.subarray(0, head));
    const [onset, duration] = stamp.split(String.fromCharCode(DURATION_MARK));
    const valid =
      /^[+-]\d{1,12}(\.\d{0,12})?$/.test(onset!) && /^(\d{1,12}(\.\d{0,12})?)?$/.test(duration ?? '');
    if (head === -1 || !valid) {
      throw new KirchhoffError(
        'header-invalid',
        'An annotation has no valid time.',
        `${fileName} byte ${firstByte + start}`,
      );
    }
    const texts = new TextDecoder().decode(list.subarray(head + 1)).split(String.fromCharCode(TEXT_MARK));
    // The first list of a record keeps its time with an empty first text.
    if (start === 0 && texts[0] === '') recordOnsetSeconds = Number(onset);
    for (const text of texts) {
      if (text === '') continue;
      events.push({
        atSeconds: Number(onset),
        durationSeconds: duration === undefined || duration === '' ? null : Number(duration),
        text,
      });
    }
    start = end + 1;
  }
  return { recordOnsetSeconds, events };
}
