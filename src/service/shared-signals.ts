/** Signals in memory that all threads see, so that a day of ECG exists once and not once a thread. */
import type { EcgRecording } from '../ecg/recording.ts';

/** Moves the leads of a recording, one after the other, so that there is never more than one lead twice. */
export function shareSignals(recording: EcgRecording): EcgRecording {
  for (const lead of recording.leads) lead.millivolts = shared(lead.millivolts);
  return recording;
}

/** The same values in shared memory. */
export function shared(values: Float32Array): Float32Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}

/** Memory that belongs to these values alone and is not seen by all threads: it can be handed over to one. */
export function ownMemory(values: Iterable<ArrayBufferView>): ArrayBuffer[] {
  const own = new Set<ArrayBuffer>();
  for (const { buffer, byteLength } of values) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) own.add(buffer);
  }
  return [...own];
}
