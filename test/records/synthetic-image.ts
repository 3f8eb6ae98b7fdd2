/** Made-up studies of images for tests of the records. */
import { createHash } from 'node:crypto';
import type { ImageInstance } from '../../src/contract/imaging.ts';
import type { ImageAnalysis } from '../../src/contract/imaging-findings.ts';
import type { ImageImport } from '../../src/records/image-interfaces.ts';

export function syntheticInstance(seed: number, studyUid: string | null): ImageInstance {
  return {
    content: 'image',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1',
    sopInstanceUid: `2.25.${seed}`,
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    number: seed,
    frameCount: 1,
    frameTimeMs: null,
    patient: {
      name: {
        family: 'Zyx',
        given: 'Wvu',
        middle: '',
        prefix: '',
        suffix: '',
        ideographic: '',
        phonetic: '',
      },
      id: 'P-17',
      birthDate: '2021-05-04',
      sex: 'F',
    },
    study: {
      uid: studyUid,
      id: null,
      accessionNumber: 'A1',
      date: '2025-01-02',
      time: '08:30:00',
      description: 'Chest PA',
      institution: null,
    },
    series: { uid: `${studyUid}.1`, number: 1, modality: 'DX', description: null, date: null, time: null },
    technique: {
      modality: 'DX',
      bodyPart: 'CHEST',
      view: 'PA',
      laterality: null,
      patientAgeYears: 3,
      patientSex: 'F',
      photometric: 'MONOCHROME2',
      burnedInAnnotation: false,
      presentationIntent: 'FOR PRESENTATION',
      imageType: ['ORIGINAL', 'PRIMARY'],
      manufacturer: null,
      manufacturerModel: null,
      tubeVoltageKv: null,
      exposureMas: null,
      exposureIndex: null,
      targetExposureIndex: null,
      deviationIndex: null,
      lossyCompression: [],
    },
    warnings: [],
  };
}

export function syntheticImage(seed: number, studyUid: string | null = '2.25.1000'): ImageImport {
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * seed) % 251);
  const contentSha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    instance: syntheticInstance(seed, studyUid),
    fileName: `image-${seed}.dcm`,
    bytes,
    contentSha256,
    inputs: [{ name: `image-${seed}.dcm`, sha256: contentSha256, bytes: bytes.length }],
  };
}

export function syntheticImageAnalysis(seed: number, asked = true): ImageAnalysis {
  return {
    finding: {
      task: 'cxr-pneumonia-paediatric',
      label: asked ? 'Signs of pneumonia likely' : 'Not judged: the patient is an adult.',
      severity: asked ? 'attention' : 'information',
      probability: asked ? 0.8 : null,
      credibleInterval90: asked ? { low: 0.7, high: 0.9 } : null,
      aleatoric: asked ? 0.3 : null,
      epistemic: asked ? 0.02 : null,
      conformalSet: asked ? ['pneumonia'] : null,
      recommendation: asked ? 'review' : 'refuse',
      applicability: [
        { check: 'age', outcome: asked ? 'passed' : 'refused', why: 'The patient is 3 years old.' },
      ],
      why: [],
    },
    saliency: asked
      ? {
          width: 3,
          height: 2,
          mean: Float32Array.from({ length: 6 }, (_, i) => i * seed),
          deviation: Float32Array.from({ length: 6 }, (_, i) => i / 10),
        }
      : null,
    embedding: asked ? Float32Array.of(seed, 1, -1, 0.5) : null,
    provenance: {
      inputs: [],
      contentSha256: '0'.repeat(64),
      model: 'cxr-paediatric',
      modelSha256: '1'.repeat(64),
      calibrationId: 'made-up',
      deviceProfile: 'ideal',
      deviceProfileSha256: '2'.repeat(64),
      driftSeconds: 86_400,
      driftCompensation: true,
      programmingSeed: 1,
      samples: 32,
      seed: 1,
      tiles: [],
      rhythm: null,
      softwareVersion: '0.1.0',
    },
  };
}
