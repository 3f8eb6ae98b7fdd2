/** The program of a worker thread in which the JPEG codec is another: one that spins, or hoards memory, when told to. */
import { registerHooks } from 'node:module';

const PLANTED = '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === PLANTED
      ? { url: new URL('./codec.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});

export default (await import('../../src/service/worker.ts')).default;
