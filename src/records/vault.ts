/**
 * Large objects: one encrypted file each, named by a keyed hash of its content, so that the same content is
 * kept once and a name tells nothing to who lacks the key.
 *
 * File: 8 bytes magic, 32 bytes salt, 8 bytes plaintext length (little endian), then the plaintext in chunks of
 * 64 KiB, each AES-256-GCM ciphertext followed by its 16-byte tag. The object's key is HKDF-SHA256 of the vault
 * key and the salt, so a chunk's nonce is simply its index. Address, length, index and "is the last" are
 * authenticated with each chunk: cut, reordered, exchanged or renamed objects are refused.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import { flushFolder, PARTIAL_SUFFIX, writeChunksInSteps } from './atomic-write.ts';
import type { FaultPoints } from './faults.ts';
import { atOnce, type Steps } from './steps.ts';
import { withStoreErrors } from './store-error.ts';

export const VAULT_FOLDER = 'vault';
export const CHUNK_BYTES = 64 * 1024;

const MAGIC = Buffer.from('KIRVLT01', 'ascii');
const SALT_BYTES = 32;
const HEADER_BYTES = MAGIC.length + SALT_BYTES + 8;
const TAG_BYTES = 16;
const ADDRESS = /^[0-9a-f]{64}$/;

/** Read at once where an object is only looked through. */
const PIECE_BYTES = 16 * CHUNK_BYTES;

/** What is to be kept, piece by piece; `pieces` gives the same bytes each time that it is asked. */
export interface VaultContent {
  bytes: number;
  pieces(): Iterable<Uint8Array>;
}

interface OpenObject {
  descriptor: number;
  address: string;
  key: Buffer;
  plaintextBytes: number;
}

export class Vault {
  readonly #folder: string;
  readonly #addressKey: Buffer;
  readonly #objectKey: Buffer;
  readonly #faults: FaultPoints;

  /** @param folder made where it does not exist. Keys: 32 bytes each, owned (and zeroised) by the caller. */
  constructor(folder: string, keys: { vaultAddress: Buffer; vaultObject: Buffer }, faults: FaultPoints) {
    this.#folder = folder;
    this.#addressKey = keys.vaultAddress;
    this.#objectKey = keys.vaultObject;
    this.#faults = faults;
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      flushFolder(dirname(folder));
    }
  }

  /**
   * Keeps `plaintext`; when this returns it survives a power cut.
   * @returns its address, 64 hexadecimal digits.
   * @throws KirchhoffError 'disk-full'.
   */
  put(plaintext: Uint8Array): string {
    return this.putContent({ bytes: plaintext.length, pieces: () => [plaintext] });
  }

  /** As `put`. */
  putContent(content: VaultContent): string {
    const address = atOnce(this.addressOf(content));
    atOnce(this.putAt(address, content));
    return address;
  }

  /** The address that `content` has in this vault, 64 hexadecimal digits; nothing is kept yet. */
  *addressOf(content: VaultContent): Steps<string> {
    const hash = createHmac('sha256', this.#addressKey);
    for (const piece of content.pieces()) {
      hash.update(piece);
      yield;
    }
    return hash.digest('hex');
  }

  /**
   * Keeps content that need not be in memory as a whole; when this ends it survives a power cut.
   * @param address as `addressOf` gave it
   * @throws KirchhoffError 'disk-full'; Error where the content is no longer what the address was made of.
   */
  *putAt(address: string, content: VaultContent): Steps<void> {
    if (yield* this.#holdsWhole(address, content.bytes)) return;
    const path = this.#pathOf(address);
    withStoreErrors(address, () => {
      if (!existsSync(dirname(path))) {
        mkdirSync(dirname(path), { mode: 0o700 });
        flushFolder(this.#folder);
      }
    });
    yield* writeChunksInSteps(path, this.#encrypted(address, content), this.#faults, 'vault-rename');
  }

  /**
   * Decrypts `length` bytes from `offset`, touching only the chunks that hold them.
   * @throws KirchhoffError 'store-corrupt' where the object is missing, damaged or shorter than asked.
   */
  read(address: string, offset: number, length: number): Uint8Array {
    return this.#withObject(address, (object) => {
      if (offset < 0 || length < 0 || offset + length > object.plaintextBytes) throw damaged(address);
      return this.#decrypted(object, offset, length);
    });
  }

  /** The whole object; errors as `read`. */
  readAll(address: string): Uint8Array {
    return this.#withObject(address, (object) => this.#decrypted(object, 0, object.plaintextBytes));
  }

  /** Bytes of an object; errors as `read`. */
  sizeOf(address: string): number {
    return this.#withObject(address, ({ plaintextBytes }) => plaintextBytes);
  }

  /** Deletes an object that nothing refers to any more. */
  remove(address: string): void {
    const path = this.#pathOf(address);
    rmSync(path, { force: true });
    if (existsSync(dirname(path))) flushFolder(dirname(path));
  }

  /**
   * Deletes what a killed process left: temporary files, and objects that `isReferenced` does not know.
   * @returns how many files were deleted.
   */
  sweep(isReferenced: (address: string) => boolean): number {
    let removed = 0;
    for (const shard of readdirSync(this.#folder, { withFileTypes: true })) {
      if (!shard.isDirectory()) continue;
      for (const name of readdirSync(join(this.#folder, shard.name))) {
        const isObject = ADDRESS.test(name);
        if (isObject ? isReferenced(name) : !name.endsWith(PARTIAL_SUFFIX)) continue;
        rmSync(join(this.#folder, shard.name, name), { force: true });
        removed++;
      }
    }
    return removed;
  }

  #pathOf(address: string): string {
    if (!ADDRESS.test(address)) throw damaged('vault');
    return join(this.#folder, address.slice(0, 2), address);
  }

  /** Whether the object is there and unharmed; a damaged one is written anew by `put`, which heals it. */
  *#holdsWhole(address: string, plaintextBytes: number): Steps<boolean> {
    if (!existsSync(this.#pathOf(address))) return false;
    try {
      // Piece by piece: an object may be larger than memory.
      for (let offset = 0; offset === 0 || offset < plaintextBytes; offset += PIECE_BYTES) {
        this.read(address, offset, Math.min(PIECE_BYTES, plaintextBytes - offset));
        yield;
      }
      return this.#withObject(address, (object) => object.plaintextBytes === plaintextBytes);
    } catch (thrown) {
      if (thrown instanceof KirchhoffError && thrown.code === 'store-corrupt') return false;
      throw thrown;
    }
  }

  #keyOf(salt: Uint8Array): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#objectKey, salt, 'kirchhoff vault chunk 1', 32));
  }

  *#encrypted(address: string, content: VaultContent): Generator<Uint8Array> {
    const check = createHmac('sha256', this.#addressKey);
    const salt = randomBytes(SALT_BYTES);
    const header = Buffer.alloc(HEADER_BYTES);
    MAGIC.copy(header);
    salt.copy(header, MAGIC.length);
    header.writeBigUInt64LE(BigInt(content.bytes), MAGIC.length + SALT_BYTES);
    yield header;
    const key = this.#keyOf(salt);
    try {
      let index = 0;
      for (const chunk of chunksOf(content.pieces())) {
        check.update(chunk);
        const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index));
        cipher.setAAD(associatedData(address, content.bytes, index));
        const sealed = cipher.update(chunk);
        cipher.final();
        yield Buffer.concat([sealed, cipher.getAuthTag()]);
        index++;
      }
    } finally {
      key.fill(0);
    }
    if (check.digest('hex') !== address) throw new Error('The content changed while it was kept.');
  }

  #withObject<Result>(address: string, use: (object: OpenObject) => Result): Result {
    let descriptor: number;
    try {
      descriptor = openSync(this.#pathOf(address), 'r');
    } catch (thrown) {
      if ((thrown as { code?: unknown }).code === 'ENOENT') throw damaged(address);
      throw thrown;
    }
    try {
      const header = readExactly(descriptor, 0, HEADER_BYTES, address);
      const plaintextBytes = Number(header.readBigUInt64LE(MAGIC.length + SALT_BYTES));
      const size = fstatSync(descriptor).size;
      if (
        !header.subarray(0, MAGIC.length).equals(MAGIC) ||
        size !== HEADER_BYTES + plaintextBytes + chunkCount(plaintextBytes) * TAG_BYTES
      ) {
        throw damaged(address);
      }
      const key = this.#keyOf(header.subarray(MAGIC.length, MAGIC.length + SALT_BYTES));
      try {
        return use({ descriptor, address, key, plaintextBytes });
      } finally {
        key.fill(0);
      }
    } finally {
      closeSync(descriptor);
    }
  }

  #decrypted(object: OpenObject, offset: number, length: number): Uint8Array {
    const { descriptor, address, key, plaintextBytes } = object;
    // Own memory, not Node's shared pool: callers view it as typed arrays, which need alignment.
    const plaintext = new Uint8Array(length);
    const first = Math.min(Math.floor(offset / CHUNK_BYTES), chunkCount(plaintextBytes) - 1);
    const last = length === 0 ? first : Math.floor((offset + length - 1) / CHUNK_BYTES);
    for (let index = first; index <= last; index++) {
      const start = index * CHUNK_BYTES;
      const bytes = Math.min(CHUNK_BYTES, plaintextBytes - start);
      const sealed = readExactly(
        descriptor,
        HEADER_BYTES + index * (CHUNK_BYTES + TAG_BYTES),
        bytes + TAG_BYTES,
        address,
      );
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index), { authTagLength: TAG_BYTES });
      decipher.setAAD(associatedData(address, plaintextBytes, index));
      decipher.setAuthTag(sealed.subarray(bytes));
      const opened = decipher.update(sealed.subarray(0, bytes));
      try {
        decipher.final();
      } catch {
        throw damaged(address);
      }
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + bytes);
      if (to > from) plaintext.set(opened.subarray(from - start, to - start), from - offset);
    }
    return plaintext;
  }
}

/** Pieces of any length as chunks of CHUNK_BYTES, the last one shorter; one empty chunk where there is nothing. */
function* chunksOf(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  let none = true;
  for (const piece of pieces) {
    let at = 0;
    if (rest.length > 0) {
      at = Math.min(piece.length, CHUNK_BYTES - rest.length);
      rest = Buffer.concat([rest, piece.subarray(0, at)]);
      if (rest.length < CHUNK_BYTES) continue;
      none = false;
      yield rest;
    }
    for (; at + CHUNK_BYTES <= piece.length; at += CHUNK_BYTES) {
      none = false;
      yield piece.subarray(at, at + CHUNK_BYTES);
    }
    rest = piece.subarray(at);
  }
  if (rest.length > 0 || none) yield rest;
}

/** An empty object still has one chunk, whose tag proves that it is empty. */
function chunkCount(plaintextBytes: number): number {
  return Math.max(1, Math.ceil(plaintextBytes / CHUNK_BYTES));
}

function nonceOf(chunkIndex: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntLE(chunkIndex, 0, 6);
  return nonce;
}

function associatedData(address: string, plaintextBytes: number, chunkIndex: number): Buffer {
  const data = Buffer.alloc(32 + 8 + 8 + 1);
  data.write(address, 0, 'hex');
  data.writeBigUInt64LE(BigInt(plaintextBytes), 32);
  data.writeBigUInt64LE(BigInt(chunkIndex), 40);
  data[48] = chunkIndex === chunkCount(plaintextBytes) - 1 ? 1 : 0;
  return data;
}

function readExactly(descriptor: number, position: number, length: number, address: string): Buffer {
  const bytes = Buffer.alloc(length);
  for (let read = 0; read < length; ) {
    const count = readSync(descriptor, bytes, read, length - read, position + read);
    if (count === 0) throw damaged(address);
    read += count;
  }
  return bytes;
}

function damaged(address: string): KirchhoffError {
  return new KirchhoffError(
    'store-corrupt',
    'A stored object is missing or damaged. Restore it from a backup, or remove the study and import it again.',
    `${VAULT_FOLDER}/${address.slice(0, 12)}`,
  );
}
