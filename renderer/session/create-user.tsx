/** First start: one screen makes the user, the encrypted store and the recovery key. */
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import { ErrorNotice } from '../components/error-notice.tsx';
import { bodyOf } from '../words/error-words.ts';
import { createFirstUser } from '../workspace/workspace.ts';
import { Card } from './card.tsx';
import { passphraseFault, repeatFault } from './new-passphrase.ts';
import classes from './session.module.css';

export function CreateUser() {
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [repeat, setRepeat] = useState('');
  const [submitted, setSubmitted] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);
  const nameFault = name.trim() === '' ? 'Enter a name.' : null;
  const faults = [nameFault, passphraseFault(passphrase), repeatFault(passphrase, repeat)];

  async function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (faults.some((fault) => fault !== null)) return;
    setBusy(true);
    setError(null);
    try {
      await createFirstUser(name.trim(), passphrase);
    } catch (thrown) {
      setError(bodyOf(thrown));
      setBusy(false);
    }
  }

  return (
    <Card title="Create the first user">
      <p>
        Recordings are kept encrypted on this computer and leave it only when you export them. The passphrase
        opens them.
      </p>
      <form className={classes.form} onSubmit={submit} noValidate>
        <TextInput
          label="Name"
          autoFocus
          autoComplete="off"
          maxLength={64}
          value={name}
          error={submitted ? nameFault : null}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Passphrase"
          description="At least 8 characters; several words are best."
          autoComplete="new-password"
          maxLength={256}
          value={passphrase}
          error={submitted ? passphraseFault(passphrase) : null}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        <PasswordInput
          label="Repeat passphrase"
          autoComplete="new-password"
          maxLength={256}
          value={repeat}
          error={submitted ? repeatFault(passphrase, repeat) : null}
          onChange={(event) => setRepeat(event.currentTarget.value)}
        />
        {error !== null && <ErrorNotice error={error} />}
        <div className={classes.actions}>
          <span className="k-quiet k-small">A recovery key follows.</span>
          <Button type="submit" size="sm" loading={busy}>
            Create user
          </Button>
        </div>
      </form>
    </Card>
  );
}
