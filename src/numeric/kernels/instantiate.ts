/** Synchronous start of the WebAssembly kernels, the same in Node workers, bundles and Electron. */

/** Every kernel module exports its memory and the first address that its own data does not use. */
export interface KernelExports {
  memory: WebAssembly.Memory;
  /** Bytes below this address belong to the module. */
  heapBase(): number;
}

const compiled = new Map<string, WebAssembly.Module>();

/**
 * A new instance with a memory of its own; the compiled module is shared.
 *
 * @param wasmBase64 the bytes as a `*.generated.ts` module exports them
 * @throws {WebAssembly.CompileError} when the engine has no WebAssembly SIMD
 */
export function instantiateKernel<Exports extends KernelExports>(wasmBase64: string): Exports {
  let module = compiled.get(wasmBase64);
  if (module === undefined) {
    module = new WebAssembly.Module(
      Uint8Array.from(atob(wasmBase64), (character) => character.charCodeAt(0)),
    );
    compiled.set(wasmBase64, module);
  }
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}

/**
 * Hands out addresses in a kernel's memory one after the other and grows it where needed; what was handed
 * out stays until the whole memory goes. Views made before a later `take` may be detached: make them after.
 */
export class KernelMemory {
  readonly #memory: WebAssembly.Memory;
  #next: number;

  constructor(exports: KernelExports) {
    this.#memory = exports.memory;
    this.#next = (exports.heapBase() + 63) & ~63;
  }

  /** Address of `bytes` zeroed bytes, aligned to 64. */
  take(bytes: number): number {
    const address = this.#next;
    this.#next = (address + bytes + 63) & ~63;
    const missing = this.#next - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / 65_536));
    return address;
  }

  get buffer(): ArrayBuffer {
    return this.#memory.buffer as ArrayBuffer;
  }
}
