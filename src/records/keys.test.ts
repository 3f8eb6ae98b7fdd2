import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHEAP_SCRYPT } from '../../test/records/synthetic-study.ts';
import { noFaults } from './faults.ts';
import {
  findUser,
  KEYRING_FILE,
  type Keyring,
  newDataKey,
  newKeyringUser,
  newRecoveryKey,
  newStoreId,
  purposeKeysOf,
  readKeyring,
  SCRYPT_COST,
  unwrapWithPassphrase,
  unwrapWithRecoveryKey,
  writeKeyring,
  zeroise,
} from './keys.ts';
import { waitSecondsAfter } from './login-attempts.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function madeKeyring(
  cost = CHEAP_SCRYPT,
): Promise<{ keyring: Keyring; dataKey: Buffer; recoveryKey: string }> {
  const storeId = newStoreId();
  const dataKey = newDataKey();
  const { user, recoveryKey } = await newKeyringUser(
    storeId,
    'Ohm',
    'pass phrase',
    dataKey,
    '2026-03-01',
    cost,
  );
  return {
    keyring: { format: 'kirchhoff-keyring', version: 1, storeId, storeMade: true, users: [user] },
    dataKey,
    recoveryKey,
  };
}

describe('keys', () => {
  it('wraps and unwraps at the cost of the product, given in the file', async () => {
    const { keyring, dataKey } = await madeKeyring(SCRYPT_COST);
    expect(keyring.users[0]!.scrypt).toEqual({ n: 131_072, r: 8, p: 1 });
    expect((await unwrapWithPassphrase(keyring, keyring.users[0]!, 'pass phrase'))?.equals(dataKey)).toBe(
      true,
    );
    expect(await unwrapWithPassphrase(keyring, keyring.users[0]!, 'pass phrasE')).toBeNull();
  });

  it('takes a passphrase however its accents are coded', async () => {
    const dataKey = newDataKey();
    const { user } = await newKeyringUser('s', 'Ohm', 'caf\u00e9 noir', dataKey, '', CHEAP_SCRYPT);
    const keyring: Keyring = {
      format: 'kirchhoff-keyring',
      version: 1,
      storeId: 's',
      storeMade: true,
      users: [user],
    };
    expect((await unwrapWithPassphrase(keyring, user, 'cafe\u0301 noir'))?.equals(dataKey)).toBe(true);
  });

  it('binds a wrapped key to its user and its store', async () => {
    const { keyring, recoveryKey } = await madeKeyring();
    const user = keyring.users[0]!;
    const moved = { ...user, name: 'Volta' };
    expect(await unwrapWithPassphrase(keyring, moved, 'pass phrase')).toBeNull();
    expect(unwrapWithRecoveryKey(keyring, moved, recoveryKey)).toBeNull();
    const elsewhere = { ...keyring, storeId: newStoreId() };
    expect(await unwrapWithPassphrase(elsewhere, user, 'pass phrase')).toBeNull();
    expect(
      await unwrapWithPassphrase(keyring, { ...user, passphrase: user.recovery }, 'pass phrase'),
    ).toBeNull();
  });

  it('keeps no secret in the keyring file, which only its owner may read', async () => {
    const { keyring, dataKey, recoveryKey } = await madeKeyring();
    writeKeyring(folder, keyring, noFaults);
    const path = join(folder, KEYRING_FILE);
    const text = readFileSync(path, 'utf8');
    for (const secret of [dataKey.toString('base64'), dataKey.toString('hex'), recoveryKey, 'pass phrase']) {
      expect(text).not.toContain(secret);
    }
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readKeyring(folder)).toEqual(keyring);
    expect(findUser(keyring, ' ohm')).toBe(keyring.users[0]);
  });

  it('refuses a keyring that asks for too much memory or has unknown fields', async () => {
    const { keyring } = await madeKeyring();
    const [user] = keyring.users;
    for (const changed of [
      { ...keyring, users: [{ ...user, scrypt: { n: 2 ** 30, r: 8, p: 1 } }] },
      { ...keyring, version: 2 },
      { ...keyring, dataKey: 'AAAA' },
      { ...keyring, users: [] },
    ]) {
      writeFileSync(join(folder, KEYRING_FILE), JSON.stringify(changed));
      expect(() => readKeyring(folder)).toThrow('keyring cannot be read');
    }
  });

  it('derives a key of its own for every purpose, and wipes them', () => {
    const dataKey = newDataKey();
    const keys = purposeKeysOf(dataKey);
    const all = [dataKey, keys.database, keys.vaultAddress, keys.vaultObject, keys.audit];
    expect(new Set(all.map((key) => key.toString('hex'))).size).toBe(5);
    expect(purposeKeysOf(dataKey)).toEqual(keys);
    zeroise(keys);
    expect(all.slice(1).every((key) => key.every((byte) => byte === 0))).toBe(true);
  });

  it('makes recovery keys that differ and use every character alike', () => {
    const characters = Array.from({ length: 2000 }, () => newRecoveryKey().replaceAll('-', '')).join('');
    const counts = new Map<string, number>();
    for (const character of characters) counts.set(character, (counts.get(character) ?? 0) + 1);
    expect(counts.size).toBe(32);
    // 64 000 draws of 1 in 32: 2000 expected, standard deviation 44; six of them.
    for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(264);
  });

  it('lets a user wait longer after each failure, up to a quarter of an hour', () => {
    expect([1, 2, 3, 4, 5, 6, 12, 13, 100].map(waitSecondsAfter)).toEqual([0, 0, 0, 2, 4, 8, 512, 900, 900]);
  });
});
