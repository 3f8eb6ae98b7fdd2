/** Draws the pages of a PDF as pictures; scripts, links and forms in it stay dead. */
import { GlobalWorkerOptions, getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import workerUrl from 'pdfjs-dist/legacy/build/pdf.worker.mjs?url';
import { KirchhoffError } from '../../src/contract/errors.ts';

GlobalWorkerOptions.workerSrc = workerUrl;

const MOST_PAGES = 200;
const SCALE = 1.5;

/** @throws KirchhoffError `format-unsupported` where the bytes are no PDF that can be drawn */
export async function drawPages(
  bytes: Uint8Array,
  into: HTMLElement,
  pageClass: string,
  stop: AbortSignal,
): Promise<void> {
  into.replaceChildren();
  // The reader takes its bytes away to its worker: a copy, so that they are there for a second look.
  const task = getDocument({
    data: bytes.slice(),

    useSystemFonts: false,
    enableXfa: false,
  });
  stop.addEventListener('abort', () => void task.destroy());
  try {
    const pdf = await task.promise;
    for (let number = 1; number <= Math.min(MOST_PAGES, pdf.numPages); number++) {
      if (stop.aborted) return;
      const page = await pdf.getPage(number);
      const viewport = page.getViewport({ scale: SCALE * window.devicePixelRatio });
      const canvas = document.createElement('canvas');
      canvas.width = viewport.width;
      canvas.height = viewport.height;
      canvas.className = pageClass;
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', `Page ${number} of ${pdf.numPages}`);
      into.append(canvas);
      await page.render({ canvas, viewport }).promise;
    }
  } catch (thrown) {
    if (stop.aborted) return;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    throw new KirchhoffError('format-unsupported', `The document cannot be shown: ${why}`);
  }
}
