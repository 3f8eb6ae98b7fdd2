/** Entry of the service process. */
import { KirchhoffService } from './kirchhoff-service.ts';
import { serveOnParentProcess } from './transport.ts';

const folder = process.env.KIRCHHOFF_DATA;
if (folder === undefined) throw new Error('KIRCHHOFF_DATA must name the folder of the store.');

const service = new KirchhoffService(folder);
serveOnParentProcess({
  // The service checks name and payload itself: what comes over the channel is not trusted.
  handle: (name, input) => service.request(name, input as never),
  onEvent: (listener) => service.onEvent(listener),
  close: () => service.close(),
});
