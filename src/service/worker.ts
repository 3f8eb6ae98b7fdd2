/** Entry of a worker thread: does one `Task` at a time. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { errorBodyOf } from '../contract/errors.ts';
import { classifyBatch } from '../diagnosis/ecg-beats/classify.ts';
import { classifyWindows } from '../diagnosis/ecg-rhythm/classify-windows.ts';
import { prepareSegment } from '../ecg/rhythm/segments.ts';
import type { SegmentAnswer } from './analyse-rhythm.ts';
import { beatArray } from './beat-model.ts';
import { deviceChoices, deviceOverview, deviceStudy, deviceTile } from './device-lab.ts';
import { measureDevice, switchedDevice } from './device-study.ts';
import { analyseImageFile } from './image-analysis.ts';
import { documentInFile } from './image-document.ts';
import { openImage, readFrame } from './image-reading.ts';
import { renderImageReport } from './image-report-content.ts';
import { describeLongRecord } from './open-record.ts';
import { imageReadBy, Reading } from './read-limits.ts';
import { type OpenedRecord, readRecord } from './read-record.ts';
import type { RecordSource } from './record-files.ts';
import { writeReport } from './report-content.ts';
import { rhythmArray } from './rhythm-model.ts';
import { shareSignals } from './shared-signals.ts';
import { STAGES } from './stages.ts';
import type { Task, TaskAnswer, TaskResult } from './tasks.ts';
import type { HandedTask } from './worker-pool.ts';

export default async function runTask({ task, reading: flag }: HandedTask): Promise<unknown> {
  const fileName = imageReadBy(task);
  const reading = fileName === null ? null : new Reading(flag, fileName);
  reading?.begin();
  try {
    const value = await resultOf(task, () => reading?.end());
    return byTransfer({ ok: true, value } satisfies TaskAnswer);
  } catch (thrown) {
    return { ok: false, error: errorBodyOf(reading?.reasonOf(thrown) ?? thrown) } satisfies TaskAnswer;
  } finally {
    reading?.end();
  }
}

/** @param onRead is told once a task that goes on afterwards has read its file */
async function resultOf(task: Task, onRead: () => void): Promise<TaskResult[Task['kind']]> {
  switch (task.kind) {
    case 'open':
      return openShared(task.source);
    case 'open-long':
      return describeLongRecord(task.source, task.largestWhole);
    case 'stage':
      return STAGES.get(task.stage)!.run(task.input as never, task.signals);
    case 'classify': {
      const { model, state } = beatArray(task.device);
      return classifyBatch(state, model.calibration, task, task.device);
    }
    case 'image-open':
      return openImage(task.path, task.entry);
    case 'image-frame':
      return readFrame(task.bytes, task.fileName, task.frame);
    case 'image-document':
      return documentInFile(task.bytes, task.fileName);
    case 'image-analyse':
      return analyseImageFile(task, onRead);
    case 'image-report':
      return renderImageReport(task.format, task.content);
    case 'device-choices':
      return deviceChoices();
    case 'device-overview':
      return deviceOverview(task.model, task.device);
    case 'device-tile':
      return deviceTile(task.model, task.device, task);
    case 'device-switched':
      return switchedDevice(task.model, task.device, task.switches);
    case 'device-measure':
      return measureDevice(task.model, task.device, [task.device.programmingSeed]);
    case 'device-study':
      return deviceStudy(task.model);
    case 'rhythm':
      return rhythmOf(task);
    case 'report':
      return writeReport(task.format, task.content, task.path);
  }
}

function openShared(source: RecordSource): OpenedRecord {
  const opened = readRecord(source);
  shareSignals(opened.recording);
  return opened;
}

function rhythmOf(task: Extract<Task, { kind: 'rhythm' }>): SegmentAnswer {
  const { segment, device } = task;
  const prepared = prepareSegment(segment, task.millivolts, task.samplingRateHz, task.rPeaks);
  const { model, state } = rhythmArray(device);
  const { signals, auxiliary, judged, pSteadiness, fibrillation, conduction } = prepared;
  const batch = { firstWindow: segment.firstWindow, signals, auxiliary, judged };
  const windows = classifyWindows(state, model.calibration, batch, device);
  return { windows, pSteadiness, fibrillation, conduction };
}

/** Hands typed arrays over instead of copying them: a day of ECG is hundreds of megabytes. */
function byTransfer(value: object): unknown {
  const buffers = new Set<ArrayBuffer>();
  const collect = (part: unknown): void => {
    if (ArrayBuffer.isView(part)) {
      // A view of a part (Node's pooled buffers) would take its neighbours along.
      if (part.buffer instanceof ArrayBuffer && part.byteLength === part.buffer.byteLength)
        buffers.add(part.buffer);
    } else if (typeof part === 'object' && part !== null) Object.values(part).forEach(collect);
  };
  collect(value);
  return move({ [transferableSymbol]: [...buffers], [valueSymbol]: value });
}
