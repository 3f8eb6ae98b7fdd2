/** Reads the fonts that the reports are set in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportFonts } from './report-input.ts';

/** File names in the fonts' folder (`src/report/fonts` in the checkout). */
const REPORT_FONT_FILES = {
  regular: 'NotoSans-Regular.ttf',
  bold: 'NotoSans-SemiBold.ttf',
  mono: 'JetBrainsMono-Latin.woff',
} as const;

/** @throws the file system's error where a file is missing: the installation is then broken. */
export function readReportFonts(folder: string): ReportFonts {
  return {
    regular: readFileSync(join(folder, REPORT_FONT_FILES.regular)),
    bold: readFileSync(join(folder, REPORT_FONT_FILES.bold)),
    mono: readFileSync(join(folder, REPORT_FONT_FILES.mono)),
  };
}
