import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KirchhoffError } from '../contract/errors.ts';
import { PARTIAL_SUFFIX } from './atomic-write.ts';
import { noFaults } from './faults.ts';
import { atOnce, inTurns } from './steps.ts';
import { CHUNK_BYTES, Vault } from './vault.ts';

const HEADER_BYTES = 48;
const TAG_BYTES = 16;

let folder: string;
let keys: { vaultAddress: Buffer; vaultObject: Buffer };
let vault: Vault;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-vault-'));
  keys = { vaultAddress: randomBytes(32), vaultObject: randomBytes(32) };
  vault = new Vault(join(folder, 'vault'), keys, noFaults);
});
afterEach(() => rmSync(folder, { recursive: true }));

const pathOf = (address: string) => join(folder, 'vault', address.slice(0, 2), address);

function expectDamaged(read: () => unknown): void {
  expect(read).toThrow(KirchhoffError);
  expect(read).toThrow('missing or damaged');
}

describe('vault', () => {
  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5])(
    'gives back %i bytes, whole and in parts',
    (length) => {
      const plaintext = randomBytes(length);
      const address = vault.put(plaintext);
      expect(Buffer.from(vault.readAll(address)).equals(plaintext)).toBe(true);
      for (const [from, to] of [
        [0, length],
        [length, length],
        [length >> 1, length],
        [Math.min(length, CHUNK_BYTES - 2), Math.min(length, CHUNK_BYTES + 3)],
      ] as const) {
        expect(Buffer.from(vault.read(address, from, to - from)).equals(plaintext.subarray(from, to))).toBe(
          true,
        );
      }
      expectDamaged(() => vault.read(address, 0, length + 1));
      expectDamaged(() => vault.read(address, -1, 1));
    },
  );

  it('decrypts only the chunks that hold the range', () => {
    const plaintext = randomBytes(3 * CHUNK_BYTES);
    const address = vault.put(plaintext);
    const bytes = readFileSync(pathOf(address));
    bytes[HEADER_BYTES + 2 * (CHUNK_BYTES + TAG_BYTES) + 7]! ^= 1;
    writeFileSync(pathOf(address), bytes);
    expect(vault.read(address, 0, 2 * CHUNK_BYTES)).toHaveLength(2 * CHUNK_BYTES);
    expectDamaged(() => vault.read(address, 0, 2 * CHUNK_BYTES + 1));
  });

  it('names objects so that only who has the key can tell what they are', () => {
    const plaintext = randomBytes(100);
    const other = new Vault(join(folder, 'other'), { ...keys, vaultAddress: randomBytes(32) }, noFaults);
    expect(vault.put(plaintext)).toBe(vault.put(plaintext));
    expect(other.put(plaintext)).not.toBe(vault.put(plaintext));
  });

  it('refuses an object whose file was changed in any byte', () => {
    const address = vault.put(randomBytes(50));
    const whole = readFileSync(pathOf(address));
    for (let index = 0; index < whole.length; index++) {
      const changed = Buffer.from(whole);
      changed[index]! ^= 0x80;
      writeFileSync(pathOf(address), changed);
      expectDamaged(() => vault.readAll(address));
    }
    writeFileSync(pathOf(address), whole);
    expect(vault.readAll(address)).toHaveLength(50);
  });

  it('refuses cut, reordered, exchanged and foreign objects', () => {
    const address = vault.put(randomBytes(3 * CHUNK_BYTES));
    const whole = readFileSync(pathOf(address));
    const sealed = CHUNK_BYTES + TAG_BYTES;
    const chunk = (index: number) =>
      whole.subarray(HEADER_BYTES + index * sealed, HEADER_BYTES + (index + 1) * sealed);
    const header = Buffer.from(whole.subarray(0, HEADER_BYTES));
    const shorter = Buffer.from(header);
    shorter.writeBigUInt64LE(BigInt(2 * CHUNK_BYTES), 40);
    for (const changed of [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, HEADER_BYTES - 1),
      Buffer.alloc(0),
      Buffer.concat([header, chunk(0), chunk(1)]),
      Buffer.concat([shorter, chunk(0), chunk(1)]),
      Buffer.concat([header, chunk(1), chunk(0), chunk(2)]),
      Buffer.concat([header, chunk(0), chunk(0), chunk(2)]),
    ]) {
      writeFileSync(pathOf(address), changed);
      expectDamaged(() => vault.readAll(address));
    }
    const other = vault.put(randomBytes(3 * CHUNK_BYTES));
    renameSync(pathOf(other), pathOf(address));
    expectDamaged(() => vault.readAll(address));
    expectDamaged(() => vault.readAll(other));
    const foreign = new Vault(join(folder, 'vault'), { ...keys, vaultObject: randomBytes(32) }, noFaults);
    const mine = vault.put(randomBytes(10));
    expectDamaged(() => foreign.readAll(mine));
  });

  it('writes a damaged object anew when its content comes again', () => {
    const plaintext = randomBytes(1000);
    const address = vault.put(plaintext);
    writeFileSync(pathOf(address), 'damaged');
    expect(vault.put(plaintext)).toBe(address);
    expect(Buffer.from(vault.readAll(address)).equals(plaintext)).toBe(true);
  });

  it('keeps content in pieces of any length under the address that it has as a whole', () => {
    const plaintext = randomBytes(3 * CHUNK_BYTES + 5);
    const address = vault.put(plaintext);
    vault.remove(address);
    for (const length of [1000, CHUNK_BYTES - 1, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, plaintext.length]) {
      const content = {
        bytes: plaintext.length,
        *pieces() {
          for (let at = 0; at < plaintext.length; at += length) yield plaintext.subarray(at, at + length);
        },
      };
      expect(atOnce(vault.addressOf(content))).toBe(address);
      atOnce(vault.putAt(address, content));
      expect(Buffer.from(vault.readAll(address)).equals(plaintext)).toBe(true);
      vault.remove(address);
    }
  });

  it('keeps nothing of content that changes while it is kept, or that is given up half way', async () => {
    const plaintext = randomBytes(4 * CHUNK_BYTES);
    const content = { bytes: plaintext.length, pieces: () => [plaintext] };
    const address = atOnce(vault.addressOf(content));
    for (const other of [randomBytes(4 * CHUNK_BYTES), plaintext.subarray(1)]) {
      expect(() => atOnce(vault.putAt(address, { ...content, pieces: () => [other] }))).toThrow('changed');
    }
    const steps = vault.putAt(address, content);
    steps.next();
    await expect(inTurns(steps, () => new KirchhoffError('cancelled', 'Enough.'))).rejects.toThrow('Enough');
    expect(readdirSync(join(folder, 'vault', address.slice(0, 2)))).toEqual([]);
  });

  it('never encrypts the same content the same way twice', () => {
    const plaintext = Buffer.alloc(1000);
    const address = vault.put(plaintext);
    const first = readFileSync(pathOf(address));
    vault.remove(address);
    expect(existsSync(pathOf(address))).toBe(false);
    vault.put(plaintext);
    expect(readFileSync(pathOf(address)).subarray(HEADER_BYTES).equals(first.subarray(HEADER_BYTES))).toBe(
      false,
    );
  });

  it('sweeps what nothing refers to and what was never finished, and nothing else', () => {
    const kept = vault.put(randomBytes(10));
    const orphan = vault.put(randomBytes(10));
    const shard = join(folder, 'vault', kept.slice(0, 2));
    writeFileSync(join(shard, `.${kept}${PARTIAL_SUFFIX}`), 'cut short');
    writeFileSync(join(shard, 'note.txt'), 'not ours');
    expect(vault.sweep((address) => address === kept)).toBe(2);
    expect(readdirSync(shard).sort()).toEqual([kept, 'note.txt'].sort());
    expect(existsSync(pathOf(orphan))).toBe(false);
  });
});
