/** An image as every part of the house sees it, whether it came as DICOM, PNG or JPEG. */
import { z } from 'zod';
import { float32ArraySchema, float64ArraySchema, uint8ArraySchema } from './arrays.ts';

/** Values of pixels: integers as they were stored, or floating point (DICOM Float and Double Float Pixel Data). */
export type PixelArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

const PIXEL_ARRAYS = [
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
] as const;

export const pixelArraySchema: z.ZodType<PixelArray, PixelArray> = z.custom<PixelArray>((value) =>
  PIXEL_ARRAYS.some((kind) => value instanceof kind),
);

/** A person's name in its DICOM representations (PS3.5 6.2.1.1); empty parts are empty strings. */
export const personNameSchema = z.object({
  family: z.string(),
  given: z.string(),
  middle: z.string(),
  prefix: z.string(),
  suffix: z.string(),
  /** The same name in ideographs and in phonetic characters, components joined by spaces. */
  ideographic: z.string(),
  phonetic: z.string(),
});
export type PersonName = z.infer<typeof personNameSchema>;

/** How a window turns a modality value into a shade (PS3.3 C.11.2.1). */
export const windowFunctionSchema = z.enum(['linear', 'linear-exact', 'sigmoid']);

/** Centre and width in modality units. */
export const displayWindowSchema = z.object({
  centre: z.number(),
  width: z.number().positive(),
  function: windowFunctionSchema,
});
export type DisplayWindow = z.infer<typeof displayWindowSchema>;

/** A table of the file that turns modality values into shades (PS3.3 C.11.2.1.1). */
export const shadeTableSchema = z.object({
  /** Modality value of the first entry; below it the first entry holds, beyond the last one the last. */
  firstValue: z.number(),
  /** 0 black to 1 white before presentation (MONOCHROME2). */
  shades: float32ArraySchema,
});
export type ShadeTable = z.infer<typeof shadeTableSchema>;

/** A way to show the image that its file names. */
export const windowPresetSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('window'), name: z.string(), window: displayWindowSchema }),
  z.object({ kind: z.literal('table'), name: z.string(), table: shadeTableSchema }),
]);
export type WindowPreset = z.infer<typeof windowPresetSchema>;

/** Distance between neighbouring pixel centres. */
export const pixelSpacingSchema = z.object({
  betweenRowsMm: z.number().positive(),
  betweenColumnsMm: z.number().positive(),
  /**
   * Where the distance holds: in the patient (cross-sections), corrected for magnification (`calibrated`), at the
   * detector's surface, where a length in the patient is shorter by the magnification (PS3.3 10.7), or as a raster
   * file's own resolution says.
   */
  at: z.enum(['patient', 'calibrated', 'detector', 'raster']),
});
export type PixelSpacing = z.infer<typeof pixelSpacingSchema>;

const vectorSchema = z.tuple([z.number(), z.number(), z.number()]);

/** Where a frame lies. */
export const frameGeometrySchema = z.object({
  spacing: pixelSpacingSchema.nullable(),
  /** Height over width of a pixel; 1 where nothing else is said. */
  pixelAspectRatio: z.number().positive(),
  /** Towards which side of the patient a row and a column run, for instance `['L', 'F']`. */
  patientOrientation: z.tuple([z.string(), z.string()]).nullable(),
  /** Direction cosines of a row and a column, and the centre of the first pixel in mm, in patient coordinates. */
  rowDirection: vectorSchema.nullable(),
  columnDirection: vectorSchema.nullable(),
  positionMm: vectorSchema.nullable(),
  frameOfReferenceUid: z.string().nullable(),
});
export type FrameGeometry = z.infer<typeof frameGeometrySchema>;

/** What is known of how a radiograph was made; null where the file does not say. */
export const techniqueSchema = z.object({
  /** DICOM Modality, for instance CR, DX, CT. */
  modality: z.string().nullable(),
  bodyPart: z.string().nullable(),
  /** View Position or view code: PA, AP, LL, RL, LATERAL, AP SUPINE. */
  view: z.string().nullable(),
  laterality: z.string().nullable(),
  /** From Patient's Age, else from birth date and acquisition. */
  patientAgeYears: z.number().nonnegative().nullable(),
  patientSex: z.enum(['F', 'M', 'O']).nullable(),
  /** Photometric Interpretation as the file gives it. */
  photometric: z.string().nullable(),
  /** Whether the file says that pixels hold annotations of the patient. */
  burnedInAnnotation: z.boolean().nullable(),
  /** FOR PRESENTATION or FOR PROCESSING. */
  presentationIntent: z.string().nullable(),
  /** Image Type, for instance `['ORIGINAL', 'PRIMARY']`; empty where absent. */
  imageType: z.array(z.string()),
  manufacturer: z.string().nullable(),
  manufacturerModel: z.string().nullable(),
  tubeVoltageKv: z.number().nullable(),
  exposureMas: z.number().nullable(),
  exposureIndex: z.number().nullable(),
  targetExposureIndex: z.number().nullable(),
  deviationIndex: z.number().nullable(),
  /** The way of lossy compressions that the file admits, for instance `ISO_10918_1`; empty where none. */
  lossyCompression: z.array(z.string()),
});
export type Technique = z.infer<typeof techniqueSchema>;

export const imagePatientSchema = z.object({
  name: personNameSchema.nullable(),
  id: z.string().nullable(),
  /** `2001-12-31`, `2001-12`, `2001`. */
  birthDate: z.string().nullable(),
  sex: z.enum(['F', 'M', 'O']).nullable(),
});
export type ImagePatient = z.infer<typeof imagePatientSchema>;

export const imageStudySchema = z.object({
  uid: z.string().nullable(),
  id: z.string().nullable(),
  accessionNumber: z.string().nullable(),
  /** Dates as `2001-12-31`, times as `13:05:59`, both local to where the study was made. */
  date: z.string().nullable(),
  time: z.string().nullable(),
  description: z.string().nullable(),
  institution: z.string().nullable(),
});
export type ImageStudy = z.infer<typeof imageStudySchema>;

export const imageSeriesSchema = z.object({
  uid: z.string().nullable(),
  number: z.number().int().nullable(),
  modality: z.string().nullable(),
  description: z.string().nullable(),
  date: z.string().nullable(),
  time: z.string().nullable(),
});
export type ImageSeries = z.infer<typeof imageSeriesSchema>;

/** What an object holds, and so which view opens it. */
export const instanceContentSchema = z.enum([
  'image',
  'report',
  'document',
  'waveform',
  'presentation',
  'directory',
  'other',
]);
export type InstanceContent = z.infer<typeof instanceContentSchema>;

/** One object of a study: a DICOM instance, or a raster file that stands for one. */
export const imageInstanceSchema = z.object({
  content: instanceContentSchema,
  sopClassUid: z.string().nullable(),
  sopInstanceUid: z.string().nullable(),
  transferSyntaxUid: z.string().nullable(),
  number: z.number().int().nullable(),
  /** 0 where it holds no image. */
  frameCount: z.number().int().nonnegative(),
  /** Time from frame to frame where the object is a film. */
  frameTimeMs: z.number().positive().nullable(),
  patient: imagePatientSchema,
  study: imageStudySchema,
  series: imageSeriesSchema,
  technique: techniqueSchema,
  /** What was wrong with the file and could be read over, in sentences. */
  warnings: z.array(z.string()),
});
export type ImageInstance = z.infer<typeof imageInstanceSchema>;

/** Stored values into the unit of the modality: Hounsfield units for CT, often none for radiographs. */
export const modalityTransformSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('linear'),
    slope: z.number(),
    intercept: z.number(),
    /** Rescale Type, for instance HU, OD, US; null where unspecified. */
    unit: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('table'),
    /** Stored value of the first entry; below it the first entry holds, beyond the last one the last. */
    firstStored: z.number(),
    values: float64ArraySchema,
    unit: z.string().nullable(),
  }),
]);
export type ModalityTransform = z.infer<typeof modalityTransformSchema>;

/** A one-bit drawing that lies over the image (PS3.3 C.9.2). */
export const overlaySchema = z.object({
  label: z.string(),
  /** `graphics`, or a region of interest. */
  kind: z.enum(['graphics', 'roi']),
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** Row and column of the image where the overlay's first pixel lies, from 0; may lie outside. */
  originRow: z.number().int(),
  originColumn: z.number().int(),
  /** One byte a pixel, row by row: 1 drawn, 0 not. */
  drawn: uint8ArraySchema,
});
export type Overlay = z.infer<typeof overlaySchema>;

/** One frame, decoded. */
export const decodedImageSchema = z.object({
  /** Pixels a row. */
  width: z.number().int().positive(),
  /** Rows. */
  height: z.number().int().positive(),
  /** 1 grey, 3 red, green, blue. */
  samplesPerPixel: z.union([z.literal(1), z.literal(3)]),
  /**
   * Row by row from the upper left, samples of a pixel together. Grey: stored values, sign extended, overlay bits
   * taken off. Colour: red, green, blue after palette and YBR conversion, 0 to 2^bitsStored - 1.
   */
  pixels: pixelArraySchema,
  /** Significant bits of a sample; 32 or 64 for floating point. */
  bitsStored: z.number().int().min(1).max(64),
  /** Whether a low modality value is shown bright (MONOCHROME1) or dark; colour is shown as it is. */
  photometric: z.enum(['MONOCHROME1', 'MONOCHROME2', 'RGB']),
  /** Identity for colour. */
  modality: modalityTransformSchema,
  /** Stored values, both ends included, that are no image (collimator, corners outside the field); null where none. */
  padding: z.object({ low: z.number(), high: z.number() }).nullable(),
  /** Ways to show it that the file names, first the preferred one; empty where it names none. */
  presets: z.array(windowPresetSchema),
  /** Presentation LUT Shape INVERSE: shades are turned over after the window. */
  inverted: z.boolean(),
  overlays: z.array(overlaySchema),
  geometry: frameGeometrySchema,
});
export type DecodedImage = z.infer<typeof decodedImageSchema>;
