/** The pieces of work that run in worker threads, off the thread that answers requests. */
import type {
  ArraySwitches,
  DeviceChoices,
  DeviceOverview,
  DeviceStudy,
  DeviceTile,
} from '../contract/device-lab.ts';
import type { ErrorBody } from '../contract/errors.ts';
import type { DecodedImage } from '../contract/imaging.ts';
import type { ImageAnalysis } from '../contract/imaging-findings.ts';
import type { ImageReportFormat } from '../contract/imaging-requests.ts';
import type { ReportFormat } from '../contract/protocol.ts';
import type { DeviceSettings } from '../contract/provenance.ts';
import type { ClassifiedBeats } from '../diagnosis/ecg-beats/classify.ts';
import type { Signal } from '../ecg/stretches.ts';
import type { SegmentAnswer, SegmentWork } from './analyse-rhythm.ts';
import type { ImageAnalysisTask } from './image-analysis.ts';
import type { DocumentInFile } from './image-document.ts';
import type { OpenedImage } from './image-reading.ts';
import type { ImageReportContent } from './image-report-content.ts';
import type { LongRecord } from './open-record.ts';
import type { OpenedRecord } from './read-record.ts';
import type { RecordSource } from './record-files.ts';
import type { ReportContent } from './report-content.ts';

export type Task =
  | { kind: 'open'; source: RecordSource }
  | { kind: 'open-long'; source: RecordSource; largestWhole: number }
  | { kind: 'stage'; stage: string; input: unknown; signals: Signal[] }
  | {
      kind: 'classify';
      device: DeviceSettings;
      firstBeat: number;
      signals: Float32Array;
      auxiliary: Float32Array;
      classifiable: Uint8Array;
    }
  | { kind: 'image-open'; path: string; entry: string | null }
  | { kind: 'image-frame'; bytes: Uint8Array; fileName: string; frame: number }
  | { kind: 'image-document'; bytes: Uint8Array; fileName: string }
  | ({ kind: 'image-analyse' } & ImageAnalysisTask)
  | { kind: 'image-report'; format: ImageReportFormat; content: ImageReportContent }
  | { kind: 'device-choices' }
  | { kind: 'device-overview'; model: string; device: DeviceSettings }
  | { kind: 'device-tile'; model: string; device: DeviceSettings; layer: string; tile: number }
  | { kind: 'device-study'; model: string }
  | { kind: 'device-measure'; model: string; device: DeviceSettings }
  | { kind: 'device-switched'; model: string; device: DeviceSettings; switches: ArraySwitches }
  | ({ kind: 'rhythm'; device: DeviceSettings } & SegmentWork)
  | { kind: 'report'; format: ReportFormat; content: ReportContent; path: string };

export interface TaskResult {
  open: OpenedRecord;
  /** Null where the recording is to be opened as a whole. */
  'open-long': LongRecord | null;
  /** Output of the stage. */
  stage: unknown;
  classify: ClassifiedBeats;
  'image-open': OpenedImage;
  'image-frame': DecodedImage;
  'image-document': DocumentInFile;
  'image-analyse': ImageAnalysis | null;
  'image-report': Uint8Array;
  'device-choices': DeviceChoices;
  'device-overview': DeviceOverview;
  'device-tile': DeviceTile;
  'device-study': DeviceStudy | null;
  'device-measure': DeviceStudy | null;
  'device-switched': { figures: string[]; values: number[] } | null;
  rhythm: SegmentAnswer;
  report: { sha256: string };
}

/** What a thread hands back. An error travels as its body: a cloned Error loses what names file and place. */
export type TaskAnswer<Kind extends Task['kind'] = Task['kind']> =
  | { ok: true; value: TaskResult[Kind] }
  | { ok: false; error: ErrorBody };
