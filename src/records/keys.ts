/**
 * The keys of a store. One random data key encrypts everything; `keyring.json` holds it wrapped (AES-256-GCM),
 * for each user once under a key that scrypt makes of the passphrase and once under the user's recovery key.
 * Nothing in the keyring is secret without one of these.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KirchhoffError } from '../contract/errors.ts';
import { writeChunksAtomically } from './atomic-write.ts';
import type { FaultPoints } from './faults.ts';

export const KEYRING_FILE = 'keyring.json';
const KEY_BYTES = 32;

/** Cost of scrypt. */
export interface ScryptCost {
  /** Power of two; memory is 128 x n x r bytes. */
  n: number;
  r: number;
  p: number;
}
/** About a quarter of a second and 128 MiB a guess. */
export const SCRYPT_COST: ScryptCost = { n: 2 ** 17, r: 8, p: 1 };

const base64 = z.base64();
const wrappedKeySchema = z.object({ salt: base64, nonce: base64, ciphertext: base64, tag: base64 }).strict();
type WrappedKey = z.infer<typeof wrappedKeySchema>;

const keyringUserSchema = z
  .object({
    name: z.string().min(1).max(64),
    createdAt: z.string(),
    /** The bounds keep a tampered file from asking for more memory than there is. */
    scrypt: z
      .object({
        n: z
          .int()
          .min(2)
          .max(2 ** 20),
        r: z.int().min(1).max(16),
        p: z.int().min(1).max(4),
      })
      .strict(),
    passphrase: wrappedKeySchema,
    recovery: wrappedKeySchema,
  })
  .strict();
type KeyringUser = z.infer<typeof keyringUserSchema>;

const keyringSchema = z
  .object({
    format: z.literal('kirchhoff-keyring'),
    version: z.literal(1),
    storeId: z.string().regex(/^[0-9a-f]{32}$/),
    /** False while the first user's store is being made: what is there then was never reported as saved. */
    storeMade: z.boolean(),
    users: z.array(keyringUserSchema).min(1),
  })
  .strict();
export type Keyring = z.infer<typeof keyringSchema>;

/** One purpose, one key: no two uses share key material. */
export interface PurposeKeys {
  database: Buffer;
  vaultAddress: Buffer;
  vaultObject: Buffer;
  audit: Buffer;
}

/** Derives the store's keys from the data key (HKDF-SHA256, RFC 5869). */
export function purposeKeysOf(dataKey: Buffer): PurposeKeys {
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', dataKey, Buffer.alloc(0), `kirchhoff ${purpose} 1`, KEY_BYTES));
  return {
    database: derive('database'),
    vaultAddress: derive('vault address'),
    vaultObject: derive('vault object'),
    audit: derive('audit'),
  };
}

/** Overwrites the keys with zeros. */
export function zeroise(keys: PurposeKeys): void {
  for (const key of Object.values(keys) as Buffer[]) key.fill(0);
}

/** Names are told apart by what a reader sees, not by case or by how an accent is coded. */
export function userKeyOf(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase();
}

export function findUser(keyring: Keyring, name: string): KeyringUser | undefined {
  return keyring.users.find((user) => userKeyOf(user.name) === userKeyOf(name));
}

// --- recovery key -------------------------------------------------------------------------------------------

/** Crockford's base32: no I, L, O, U, so that handwriting is read back right. */
const RECOVERY_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RECOVERY_GROUPS = 8;
const RECOVERY_GROUP_LENGTH = 4;
const RECOVERY_CHARACTERS = RECOVERY_GROUPS * RECOVERY_GROUP_LENGTH;

/** A fresh recovery key of 160 random bits: 8 groups of 4 characters. */
export function newRecoveryKey(): string {
  // 256 is a multiple of 32, so the low five bits of a random byte are uniform.
  const characters = [...randomBytes(RECOVERY_CHARACTERS)].map((byte) => RECOVERY_ALPHABET[byte & 31]);
  const groups: string[] = [];
  for (let first = 0; first < RECOVERY_CHARACTERS; first += RECOVERY_GROUP_LENGTH) {
    groups.push(characters.slice(first, first + RECOVERY_GROUP_LENGTH).join(''));
  }
  return groups.join('-');
}

/** The key as typed, without groups, case and the letters that are mistaken for digits. */
function normalisedRecoveryKey(typed: string): string {
  return typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
}

// --- wrapping -----------------------------------------------------------------------------------------------

function passphraseKey(passphrase: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
  // Node refuses to use more than 32 MiB unless told; the block table is 128 n r bytes, plus 128 r p and some.
  const maxmem = 128 * cost.r * (cost.n + cost.p + 2) + 1024 * 1024;
  const { n: N, r, p } = cost;
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, KEY_BYTES, { N, r, p, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** 160 random bits need no stretching: HKDF is enough. */
function recoveryWrappingKey(recoveryKey: string, salt: Buffer): Buffer {
  const material = Buffer.from(normalisedRecoveryKey(recoveryKey), 'ascii');
  return Buffer.from(hkdfSync('sha256', material, salt, 'kirchhoff recovery 1', KEY_BYTES));
}

/** Binds a wrapped key to its place, so that it cannot be moved to another user or store. */
function associatedData(storeId: string, name: string, way: 'passphrase' | 'recovery'): Buffer {
  return Buffer.from(JSON.stringify(['kirchhoff-keyring', 1, storeId, userKeyOf(name), way]));
}

function wrap(dataKey: Buffer, wrappingKey: Buffer, salt: Buffer, bound: Buffer): WrappedKey {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey, nonce);
  cipher.setAAD(bound);
  const ciphertext = Buffer.concat([cipher.update(dataKey), cipher.final()]);
  wrappingKey.fill(0);
  return {
    salt: salt.toString('base64'),
    nonce: nonce.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}

/** The data key, or null where the wrapping key is not the right one (or the entry was changed). */
function unwrap(wrapped: WrappedKey, wrappingKey: Buffer, bound: Buffer): Buffer | null {
  try {
    const nonce = Buffer.from(wrapped.nonce, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey, nonce, { authTagLength: 16 });
    decipher.setAAD(bound);
    decipher.setAuthTag(Buffer.from(wrapped.tag, 'base64'));
    const dataKey = Buffer.concat([
      decipher.update(Buffer.from(wrapped.ciphertext, 'base64')),
      decipher.final(),
    ]);
    return dataKey.length === KEY_BYTES ? dataKey : null;
  } catch {
    return null;
  } finally {
    wrappingKey.fill(0);
  }
}

/**
 * A keyring entry for `name`, and its recovery key, which is kept nowhere else.
 * @param cost the product's SCRYPT_COST; less only in tests.
 */
export async function newKeyringUser(
  storeId: string,
  name: string,
  passphrase: string,
  dataKey: Buffer,
  createdAt: string,
  cost: ScryptCost,
): Promise<{ user: KeyringUser; recoveryKey: string }> {
  const passphraseSalt = randomBytes(16);
  const recoverySalt = randomBytes(16);
  const recoveryKey = newRecoveryKey();
  return {
    recoveryKey,
    user: {
      name,
      createdAt,
      scrypt: { n: cost.n, r: cost.r, p: cost.p },
      passphrase: wrap(
        dataKey,
        await passphraseKey(passphrase, passphraseSalt, cost),
        passphraseSalt,
        associatedData(storeId, name, 'passphrase'),
      ),
      recovery: wrap(
        dataKey,
        recoveryWrappingKey(recoveryKey, recoverySalt),
        recoverySalt,
        associatedData(storeId, name, 'recovery'),
      ),
    },
  };
}

/** The data key, or null where the passphrase is wrong. */
export async function unwrapWithPassphrase(
  keyring: Keyring,
  user: KeyringUser,
  passphrase: string,
): Promise<Buffer | null> {
  const salt = Buffer.from(user.passphrase.salt, 'base64');
  const key = await passphraseKey(passphrase, salt, user.scrypt);
  return unwrap(user.passphrase, key, associatedData(keyring.storeId, user.name, 'passphrase'));
}

/** The data key, or null where the recovery key is wrong. Spaces, hyphens and case do not matter. */
export function unwrapWithRecoveryKey(
  keyring: Keyring,
  user: KeyringUser,
  recoveryKey: string,
): Buffer | null {
  const salt = Buffer.from(user.recovery.salt, 'base64');
  const key = recoveryWrappingKey(recoveryKey, salt);
  return unwrap(user.recovery, key, associatedData(keyring.storeId, user.name, 'recovery'));
}

// --- file ---------------------------------------------------------------------------------------------------

export function newStoreId(): string {
  return randomBytes(16).toString('hex');
}

export function newDataKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/**
 * The folder's keyring, or null where there is none.
 * @throws KirchhoffError 'store-corrupt' where the file is not a keyring.
 */
export function readKeyring(directory: string): Keyring | null {
  const path = join(directory, KEYRING_FILE);
  if (!existsSync(path)) return null;
  try {
    return keyringSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new KirchhoffError(
      'store-corrupt',
      'The keyring cannot be read. Restore it from a backup.',
      KEYRING_FILE,
    );
  }
}

/** Replaces the keyring, whole or not at all. */
export function writeKeyring(directory: string, keyring: Keyring, faults: FaultPoints): void {
  const text = `${JSON.stringify(keyringSchema.parse(keyring), null, 2)}\n`;
  writeChunksAtomically(join(directory, KEYRING_FILE), [Buffer.from(text)], faults, 'keyring-write');
}
