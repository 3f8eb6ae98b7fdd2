/** One image from its file to a finding, in a worker thread. The window and the batch both use this. */
import type { ImageAnalysis } from '../contract/imaging-findings.ts';
import type { DeviceSettings, Provenance } from '../contract/provenance.ts';

export interface ImageAnalysisTask {
  bytes: Uint8Array;
  fileName: string;
  inputs: Provenance['inputs'];
  device: DeviceSettings;
  softwareVersion: string;
}

/** Null where no model looks at images of this kind. */
export async function analyseImageFile(_task: ImageAnalysisTask): Promise<ImageAnalysis | null> {
  return null;
}
