/**
 * The service's side of its line to the Electron shell: the same messages over Electron's utilityProcess port
 * and over Node's child process channel.
 */
import { errorBodyOf } from '../contract/errors.ts';
import type { Answer, KirchhoffEvent, RequestName } from '../contract/protocol.ts';

/** Shell to service. */
export type ToService = { id: number; name: RequestName; input: unknown } | { end: true };
/** Service to shell. */
export type ToParent = { id: number; answer: Answer<RequestName> } | { event: KirchhoffEvent };

/** Electron's port, of which only this is used; absent in a plain Node. */
interface ParentPort {
  postMessage(message: ToParent): void;
  on(event: 'message', listener: (event: { data: ToService }) => void): void;
}

export interface ServedClient {
  handle(name: RequestName, input: unknown): Promise<Answer<RequestName>>;
  onEvent(listener: (event: KirchhoffEvent) => void): void;
  /** Finishes what is being written; the process ends after it. */
  close(): Promise<void>;
}

/** Answers the parent process until it says to end or is gone. */
export function serveOnParentProcess(client: ServedClient): void {
  const port = (process as { parentPort?: ParentPort }).parentPort;
  const send = (message: ToParent) => {
    if (port !== undefined) port.postMessage(message);
    else if (process.connected) process.send?.(message);
  };

  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    client.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };

  const receive = (message: ToService) => {
    if ('end' in message) {
      end();
      return;
    }
    const { id, name, input } = message;
    client
      .handle(name, input)
      .catch((thrown: unknown): Answer<RequestName> => ({ ok: false, error: errorBodyOf(thrown) }))
      .then((answer) => {
        try {
          send({ id, answer });
        } catch (thrown) {
          // A value that cannot be cloned: the asker must hear of it, and the other requests go on.
          console.error(`${name}:`, thrown);
          send({ id, answer: { ok: false, error: errorBodyOf(thrown) } });
        }
      });
  };

  client.onEvent((event) => send({ event }));
  if (port !== undefined) {
    port.on('message', (event) => receive(event.data));
  } else {
    process.on('message', (message) => receive(message as ToService));
    process.on('disconnect', end);
  }
}
