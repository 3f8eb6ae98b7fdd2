/** What a study holds beside images, as its views show it: reports, documents. */
import { z } from 'zod';
import { uint8ArraySchema } from './arrays.ts';

/** A coded term (PS3.3 8.8). */
export const codedTermSchema = z.object({
  value: z.string(),
  scheme: z.string(),
  meaning: z.string(),
});
export type CodedTerm = z.infer<typeof codedTermSchema>;

/** One content item of a structured report (PS3.3 C.17.3), a node of its tree. */
export interface ReportNode {
  /** CONTAINER, TEXT, NUM, CODE, PNAME, DATE, TIME, DATETIME, UIDREF, IMAGE, COMPOSITE, WAVEFORM, SCOORD, TCOORD. */
  valueType: string;
  /** How it belongs to its parent: CONTAINS, HAS PROPERTIES, INFERRED FROM; null at the root. */
  relationship: string | null;
  /** What it is about; null where the file does not say. */
  concept: CodedTerm | null;
  /** Its value as text: the number with its unit, the meaning of the code; empty for containers. */
  text: string;
  /** The code of a CODE item, the unit of a NUM item. */
  code: CodedTerm | null;
  /** SOP instances that an IMAGE, COMPOSITE or WAVEFORM item points at. */
  references: string[];
  children: ReportNode[];
}

export const reportNodeSchema: z.ZodType<ReportNode> = z.object({
  valueType: z.string(),
  relationship: z.string().nullable(),
  concept: codedTermSchema.nullable(),
  text: z.string(),
  code: codedTermSchema.nullable(),
  references: z.array(z.string()),
  get children() {
    return z.array(reportNodeSchema);
  },
});

export const structuredReportSchema = z.object({
  root: reportNodeSchema,
  /** COMPLETE or PARTIAL, VERIFIED or UNVERIFIED. */
  completion: z.string().nullable(),
  verification: z.string().nullable(),
});
export type StructuredReport = z.infer<typeof structuredReportSchema>;

export const encapsulatedDocumentSchema = z.object({
  title: z.string(),
  /** For instance application/pdf. */
  mediaType: z.string(),
  bytes: uint8ArraySchema,
});
export type EncapsulatedDocument = z.infer<typeof encapsulatedDocumentSchema>;
