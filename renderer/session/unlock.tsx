/** Unlock by passphrase, or by recovery key with a new passphrase. */
import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { SessionState } from '../../src/contract/protocol.ts';
import { request } from '../client.ts';
import { ErrorNotice } from '../components/error-notice.tsx';
import { bodyOf } from '../words/error-words.ts';
import { sessionIs, showRecoveryKey, useWorkspace } from '../workspace/workspace.ts';
import { Card } from './card.tsx';
import { passphraseFault, repeatFault } from './new-passphrase.ts';
import classes from './session.module.css';

export function Unlock({ session }: { session: SessionState }) {
  const [name, setName] = useState(session.users[0] ?? '');
  const [recovering, setRecovering] = useState(false);
  const who =
    session.users.length > 1 ? (
      <NativeSelect
        label="User"
        data={session.users}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    ) : (
      <TextInput
        label="User"
        value={name}
        readOnly={session.users.length === 1}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    );
  return recovering ? (
    <Recover name={name} who={who} onBack={() => setRecovering(false)} />
  ) : (
    <Passphrase name={name} who={who} onRecover={() => setRecovering(true)} />
  );
}

interface PassphraseProps {
  name: string;
  who: ReactNode;
  onRecover: () => void;
}

function Passphrase({ name, who, onRecover }: PassphraseProps) {
  const [passphrase, setPassphrase] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const serviceRestarted = useWorkspace((state) => state.serviceRestarted);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      sessionIs(await request('session.unlock', { name, passphrase }));
    } catch (thrown) {
      setError(bodyOf(thrown));
      setPassphrase('');
      setBusy(false);
    }
  }

  return (
    <Card title="Unlock">
      {serviceRestarted && (
        <output className={classes.restarted}>
          The process that keeps the records stopped and was started again. What was saved is safe; what was
          being analysed goes on after you unlock.
        </output>
      )}
      <form className={classes.form} onSubmit={submit}>
        {who}
        <PasswordInput
          label="Passphrase"
          autoFocus
          autoComplete="current-password"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        {error !== null && <ErrorNotice error={error} />}
        <div className={classes.actions}>
          <Button variant="subtle" onClick={onRecover}>
            Passphrase lost?
          </Button>
          <Button type="submit" size="sm" loading={busy} disabled={passphrase === '' || name === ''}>
            Unlock
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Recover({ name, who, onBack }: { name: string; who: ReactNode; onBack: () => void }) {
  const [recoveryKey, setRecoveryKey] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [repeat, setRepeat] = useState('');
  const [submitted, setSubmitted] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (passphraseFault(passphrase) !== null || repeatFault(passphrase, repeat) !== null) return;
    setBusy(true);
    setError(null);
    try {
      const renewed = await request('session.recover', { name, recoveryKey, newPassphrase: passphrase });
      showRecoveryKey(renewed.recoveryKey);
    } catch (thrown) {
      setError(bodyOf(thrown));
      setBusy(false);
    }
  }

  return (
    <Card title="Recover access">
      <p>The recovery key opens the recordings once and is then replaced by a new one.</p>
      <form className={classes.form} onSubmit={submit} noValidate>
        {who}
        <TextInput
          label="Recovery key"
          autoFocus
          autoComplete="off"
          value={recoveryKey}
          onChange={(event) => setRecoveryKey(event.currentTarget.value)}
        />
        <PasswordInput
          label="New passphrase"
          autoComplete="new-password"
          value={passphrase}
          error={submitted ? passphraseFault(passphrase) : null}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        <PasswordInput
          label="Repeat new passphrase"
          autoComplete="new-password"
          value={repeat}
          error={submitted ? repeatFault(passphrase, repeat) : null}
          onChange={(event) => setRepeat(event.currentTarget.value)}
        />
        {error !== null && <ErrorNotice error={error} />}
        <div className={classes.actions}>
          <Button variant="subtle" onClick={onBack}>
            Back
          </Button>
          <Button type="submit" size="sm" loading={busy} disabled={recoveryKey.trim() === ''}>
            Recover
          </Button>
        </div>
      </form>
    </Card>
  );
}
