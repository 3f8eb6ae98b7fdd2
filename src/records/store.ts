/**
 * The records of a clinic on this computer: users and keys, and, once unlocked, the encrypted studies.
 *
 * Folder: `keyring.json` (wrapped keys), `records.db` (SQLCipher), `vault/` (encrypted objects),
 * `audit-anchor.json`, `login-attempts.json`, `writer.lock`. All but names of users and times is encrypted.
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KirchhoffError } from '../contract/errors.ts';
import { PARTIAL_SUFFIX } from './atomic-write.ts';
import { AUDIT_ANCHOR_FILE, AuditLog } from './audit.ts';
import { AuditedChanges } from './audited-changes.ts';
import { AuditedExports } from './audited-exports.ts';
import { DATABASE_FILE, openDatabase, type RecordDatabase } from './database.ts';
import { type FaultPoints, noFaults } from './faults.ts';
import type { ReadableImages, WritableImages } from './image-interfaces.ts';
import { ImageWriter } from './image-writer.ts';
import type { ReadableRecords, WritableRecords } from './interfaces.ts';
import {
  findUser,
  KEYRING_FILE,
  type Keyring,
  newDataKey,
  newKeyringUser,
  newStoreId,
  type PurposeKeys,
  purposeKeysOf,
  readKeyring,
  SCRYPT_COST,
  type ScryptCost,
  unwrapWithPassphrase,
  unwrapWithRecoveryKey,
  writeKeyring,
  zeroise,
} from './keys.ts';
import { LoginAttempts } from './login-attempts.ts';
import { DEFAULT_AUTO_LOCK_MINUTES, RecordWriter } from './record-writer.ts';
import { takeWriterLock, type WriterLock } from './single-writer.ts';
import { withStoreErrors } from './store-error.ts';
import { StoredImages } from './stored-images.ts';
import { StoredRecords } from './stored-records.ts';
import { VAULT_FOLDER, Vault } from './vault.ts';
import { VaultReferences } from './vault-references.ts';

export interface RecordStoreOptions {
  softwareVersion: string;
  now?: () => Date;
  faults?: FaultPoints;
  /** For tests only, which would otherwise spend their time on scrypt; the product never gives it. */
  scryptCostForTests?: ScryptCost;
}

export interface RecordStoreState {
  /** `none`: no user was ever created. */
  store: 'none' | 'locked' | 'unlocked';
  user: string | null;
  users: string[];
  autoLockMinutes: number;
}

interface Session {
  user: string;
  dataKey: Buffer;
  keys: PurposeKeys;
  database: RecordDatabase;
  audit: AuditLog;
  changes: AuditedChanges;
  readable: StoredRecords;
  writable: RecordWriter;
  images: { readable: StoredImages; writable: ImageWriter };
}

export class RecordStore {
  readonly #directory: string;
  readonly #softwareVersion: string;
  readonly #now: () => Date;
  readonly #faults: FaultPoints;
  readonly #scryptCost: ScryptCost;
  readonly #writerLock: WriterLock;
  readonly #attempts: LoginAttempts;
  #keyring: Keyring | null;
  #session: Session | null = null;
  /** As of the last lock: the setting itself can be read in the unlocked store only. */
  #autoLockMinutes = DEFAULT_AUTO_LOCK_MINUTES;
  /** Key work runs one after the other, so that guesses cannot race the waiting time. */
  #keyWork: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, options: RecordStoreOptions, writerLock: WriterLock) {
    this.#directory = directory;
    this.#softwareVersion = options.softwareVersion;
    this.#now = options.now ?? (() => new Date());
    this.#faults = options.faults ?? noFaults;
    this.#scryptCost = options.scryptCostForTests ?? SCRYPT_COST;
    this.#writerLock = writerLock;
    this.#keyring = readKeyring(directory);
    this.#attempts = new LoginAttempts(directory, this.#faults);
  }

  /**
   * Opens the store in `directory` (made where it is missing), locked.
   * @throws KirchhoffError 'store-in-use' where another process has it open, 'store-corrupt' where its keyring
   * cannot be read or is missing.
   */
  static open(directory: string, options: RecordStoreOptions): RecordStore {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const writerLock = takeWriterLock(directory);
    try {
      for (const name of readdirSync(directory)) {
        if (name.endsWith(PARTIAL_SUFFIX)) rmSync(join(directory, name), { force: true });
      }
      const store = new RecordStore(directory, options, writerLock);
      if (store.#keyring === null && existsSync(join(directory, DATABASE_FILE))) {
        throw new KirchhoffError(
          'store-corrupt',
          'The keyring is missing. Restore it from a backup.',
          KEYRING_FILE,
        );
      }
      return store;
    } catch (thrown) {
      writerLock.release();
      throw thrown;
    }
  }

  state(): RecordStoreState {
    const made = this.#madeKeyring();
    return {
      store: made === null ? 'none' : this.#session === null ? 'locked' : 'unlocked',
      user: this.#session?.user ?? null,
      users: made === null ? [] : made.users.map((user) => user.name),
      autoLockMinutes: this.#session?.writable.autoLockMinutes() ?? this.#autoLockMinutes,
    };
  }

  /** @throws KirchhoffError 'locked'. */
  get readable(): ReadableRecords {
    return this.#unlocked().readable;
  }

  /** @throws KirchhoffError 'locked'. */
  get writable(): WritableRecords {
    return this.#unlocked().writable;
  }

  /** @throws KirchhoffError 'locked'. */
  get images(): { readable: ReadableImages; writable: WritableImages } {
    return this.#unlocked().images;
  }

  /**
   * Creates a user. The first one creates the store and is signed in; further ones need an unlocked store.
   * @returns the recovery key, to be shown once: it is kept nowhere.
   * @throws KirchhoffError 'already-exists', 'locked', 'invalid-request' (empty name), 'disk-full'.
   */
  createUser(name: string, passphrase: string): Promise<{ recoveryKey: string }> {
    return this.#oneAfterTheOther(async () => {
      const trimmed = name.trim();
      if (trimmed === '' || passphrase === '') {
        throw new KirchhoffError('invalid-request', 'A user needs a name and a passphrase.', null);
      }
      const made = this.#madeKeyring();
      if (made === null) return this.#createStore(trimmed, passphrase);
      if (findUser(made, trimmed) !== undefined) {
        throw new KirchhoffError(
          'already-exists',
          'There is a user of this name already. Choose another.',
          null,
        );
      }
      // A lock during the slow part must not leave the copy of the key, nor add a user afterwards.
      const dataKey = Buffer.from(this.#unlocked().dataKey);
      try {
        const at = this.#now().toISOString();
        const entry = await newKeyringUser(made.storeId, trimmed, passphrase, dataKey, at, this.#scryptCost);
        // The log first: a key without a row would be worse than a row without a key.
        this.#unlocked().changes.commit((record) => record('user.created', null, `user ${trimmed}`));
        this.#changeKeys({ ...made, users: [...made.users, entry.user] });
        return { recoveryKey: entry.recoveryKey };
      } finally {
        dataKey.fill(0);
      }
    });
  }

  /**
   * Signs a user in.
   * @throws KirchhoffError 'wrong-passphrase' (also while a user must wait after several wrong ones),
   * 'not-found' (no such user), 'store-corrupt', 'format-unsupported'.
   */
  unlock(name: string, passphrase: string): Promise<void> {
    return this.#oneAfterTheOther(async () => {
      const { keyring, user } = this.#knownUser(name);
      this.#refuseWhileWaiting(user.name);
      const dataKey = await unwrapWithPassphrase(keyring, user, passphrase);
      if (dataKey === null) this.#failed(user.name, 'passphrase');
      this.#beginSession(user.name, dataKey, 'login', `version ${this.#softwareVersion}`);
    });
  }

  /**
   * Signs a user in who lost the passphrase: sets a new one and a new recovery key; the old ones end.
   * @throws KirchhoffError as `unlock`.
   */
  recover(name: string, recoveryKey: string, newPassphrase: string): Promise<{ recoveryKey: string }> {
    return this.#oneAfterTheOther(async () => {
      const { keyring, user } = this.#knownUser(name);
      if (newPassphrase === '')
        throw new KirchhoffError('invalid-request', 'The new passphrase is empty.', null);
      this.#refuseWhileWaiting(user.name);
      const dataKey = unwrapWithRecoveryKey(keyring, user, recoveryKey);
      if (dataKey === null) this.#failed(user.name, 'recovery key');
      const entry = await newKeyringUser(
        keyring.storeId,
        user.name,
        newPassphrase,
        dataKey,
        user.createdAt,
        this.#scryptCost,
      );
      this.#beginSession(user.name, dataKey, 'key.recovered', 'old passphrase and recovery key -> new ones');
      try {
        this.#changeKeys({
          ...keyring,
          users: keyring.users.map((other) => (other.name === user.name ? entry.user : other)),
        });
      } catch (thrown) {
        this.lock();
        throw thrown;
      }
      return { recoveryKey: entry.recoveryKey };
    });
  }

  /** Closes the database and overwrites the keys; nothing happens where the store is locked already. */
  lock(cause: 'user' | 'idle' | 'exit' = 'user'): void {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    try {
      this.#autoLockMinutes = session.writable.autoLockMinutes();
      session.changes.commit((record) => record('lock', null, cause));
    } catch {
      // A full disk must not keep the records open: better locked without its row than not locked.
    } finally {
      endSession(session);
    }
  }

  /** Locks, and lets another process open the folder. */
  close(): void {
    this.lock('exit');
    this.#writerLock.release();
  }

  async #createStore(name: string, passphrase: string): Promise<{ recoveryKey: string }> {
    // Whatever is here comes from a creation that never ended, and that nobody was told had.
    for (const leftover of [
      DATABASE_FILE,
      `${DATABASE_FILE}-wal`,
      `${DATABASE_FILE}-shm`,
      AUDIT_ANCHOR_FILE,
    ]) {
      rmSync(join(this.#directory, leftover), { force: true });
    }
    rmSync(join(this.#directory, VAULT_FOLDER), { force: true, recursive: true });
    const storeId = newStoreId();
    const dataKey = newDataKey();
    const at = this.#now().toISOString();
    const { user, recoveryKey } = await newKeyringUser(
      storeId,
      name,
      passphrase,
      dataKey,
      at,
      this.#scryptCost,
    );
    const keyring: Keyring = {
      format: 'kirchhoff-keyring',
      version: 1,
      storeId,
      storeMade: false,
      users: [user],
    };
    this.#replaceKeyring(keyring);
    const session = this.#openSession(name, dataKey, { create: true });
    try {
      session.changes.commit((record) => {
        record('store.created', null, `store ${storeId}, version ${this.#softwareVersion}`);
        record('user.created', null, `user ${name}`);
        record('login', null, `version ${this.#softwareVersion}`);
      });
      // Unlike every later one, the first anchor must not be missing: without it the log would count as broken.
      session.audit.anchor();
      this.#replaceKeyring({ ...keyring, storeMade: true });
    } catch (thrown) {
      endSession(session);
      throw thrown;
    }
    this.#session = session;
    return { recoveryKey };
  }

  #beginSession(user: string, dataKey: Buffer, action: 'login' | 'key.recovered', detail: string): void {
    this.lock();
    const session = this.#openSession(user, dataKey, { create: false });
    try {
      const broken = session.audit.anchorBreak();
      session.changes.commit((record) => {
        if (broken !== null) record('audit.broken', null, broken.why);
        const { attempts, notKept } = this.#attempts.pending();
        for (const attempt of attempts) {
          record('login.failed', null, `wrong ${attempt.way} at ${attempt.at}`, attempt.user);
        }
        if (notKept > 0) record('login.failed', null, `${notKept} further failed attempts`);
        record(action, null, detail);
      });
      this.#attempts.settle(user);
      session.writable.cleanUp();
    } catch (thrown) {
      endSession(session);
      throw thrown;
    }
    this.#session = session;
  }

  /** Takes over `dataKey`. */
  #openSession(user: string, dataKey: Buffer, options: { create: boolean }): Session {
    const keys = purposeKeysOf(dataKey);
    try {
      const database = openDatabase(join(this.#directory, DATABASE_FILE), keys.database, options);
      const audit = new AuditLog(database, this.#directory, keys.audit, this.#faults);
      const changes = new AuditedChanges(database, audit, user, this.#now, this.#faults);
      const vault = withStoreErrors(
        VAULT_FOLDER,
        () => new Vault(join(this.#directory, VAULT_FOLDER), keys, this.#faults),
      );
      const readable = new StoredRecords(database, vault, audit);
      const references = new VaultReferences(database, vault);
      const exports = new AuditedExports(database, changes, this.#faults);
      const writable = new RecordWriter(database, vault, references, readable, changes, exports);
      const images = new StoredImages(database, vault);
      return {
        user,
        dataKey,
        keys,
        database,
        audit,
        changes,
        readable,
        writable,
        images: {
          readable: images,
          writable: new ImageWriter(database, vault, references, images, changes, exports),
        },
      };
    } catch (thrown) {
      dataKey.fill(0);
      zeroise(keys);
      throw thrown;
    }
  }

  #unlocked(): Session {
    if (this.#session === null) throw new KirchhoffError('locked', 'The records are locked. Sign in.', null);
    return this.#session;
  }

  #madeKeyring(): Keyring | null {
    return this.#keyring?.storeMade === true ? this.#keyring : null;
  }

  #knownUser(name: string): { keyring: Keyring; user: Keyring['users'][number] } {
    const keyring = this.#madeKeyring();
    const user = keyring === null ? undefined : findUser(keyring, name);
    if (keyring === null || user === undefined) {
      throw new KirchhoffError('not-found', 'There is no user of this name.', null);
    }
    return { keyring, user };
  }

  #refuseWhileWaiting(user: string): void {
    const seconds = this.#attempts.waitSeconds(user, this.#now());
    if (seconds > 0) {
      throw new KirchhoffError(
        'wrong-passphrase',
        `Too many wrong attempts. Try again in ${seconds} s.`,
        null,
      );
    }
  }

  #failed(user: string, way: 'passphrase' | 'recovery key'): never {
    const now = this.#now();
    this.#attempts.fail({ at: now.toISOString(), user, way }, now);
    const seconds = this.#attempts.waitSeconds(user, now);
    const wait = seconds > 0 ? ` Try again in ${seconds} s.` : '';
    throw new KirchhoffError('wrong-passphrase', `The ${way} is wrong.${wait}`, null);
  }

  /** Replaces the keyring of the open store after its row is in the log; tells the log where that fails. */
  #changeKeys(keyring: Keyring): void {
    try {
      this.#replaceKeyring(keyring);
    } catch (thrown) {
      this.#session?.changes.commit((record) =>
        record('key.unchanged', null, 'the keyring could not be written: users and keys are as before'),
      );
      throw thrown;
    }
  }

  #replaceKeyring(keyring: Keyring): void {
    writeKeyring(this.#directory, keyring, this.#faults);
    this.#keyring = keyring;
  }

  #oneAfterTheOther<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#keyWork.then(work, work);
    this.#keyWork = result.catch(() => {});
    return result;
  }
}

function endSession(session: Session): void {
  session.database.close();
  session.dataKey.fill(0);
  zeroise(session.keys);
}
