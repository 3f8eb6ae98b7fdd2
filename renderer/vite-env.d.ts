/// <reference types="vite/client" />

import type { KirchhoffBridge } from '../src/contract/protocol.ts';

declare global {
  interface Window {
    /** Exposed by the preload. */
    readonly kirchhoff: KirchhoffBridge;
  }
}
