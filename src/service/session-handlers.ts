/** Requests about users, the lock and the audit log. */
import type { SessionState } from '../contract/protocol.ts';
import type { Handlers, ServiceContext } from './context.ts';
import type { SessionLock } from './session-lock.ts';

type SessionRequests =
  | 'session.state'
  | 'session.createUser'
  | 'session.unlock'
  | 'session.recover'
  | 'session.lock'
  | 'session.activity'
  | 'session.setAutoLock'
  | 'jobs.list'
  | 'jobs.cancel'
  | 'audit.list'
  | 'audit.verify';

export function sessionHandlers(context: ServiceContext, lock: SessionLock): Handlers<SessionRequests> {
  const { store } = context;
  const announce = (): SessionState => {
    const session = lock.state();
    context.emit({ kind: 'session', session });
    return session;
  };
  return {
    'session.state': () => lock.state(),
    'session.createUser': async ({ name, passphrase }) => {
      const created = await store.createUser(name, passphrase);
      lock.opened();
      announce();
      return created;
    },
    'session.unlock': async ({ name, passphrase }) => {
      await lock.unlock(name, passphrase);
      return announce();
    },
    'session.recover': async ({ name, recoveryKey, newPassphrase }) => {
      const recovered = await store.recover(name, recoveryKey, newPassphrase);
      lock.opened();
      announce();
      return recovered;
    },
    'session.lock': () => {
      lock.lock();
      return lock.state();
    },
    'session.activity': () => {
      lock.activity();
      return {};
    },
    'session.setAutoLock': ({ minutes }) => {
      store.writable.setAutoLock(minutes);
      lock.activity();
      return announce();
    },
    'jobs.list': () => context.jobs.list(),
    'jobs.cancel': ({ jobId }) => {
      context.jobs.cancel(jobId);
      return {};
    },
    'audit.list': (page) => store.readable.auditRows(page),
    'audit.verify': () => store.readable.verifyAudit(),
  };
}
