/** Users, automatic lock, display and the audit log. */
import {
  Button,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Slider,
  Switch,
  TextInput,
  useMantineColorScheme,
} from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { ErrorBody } from '../../src/contract/errors.ts';
import type { SessionState } from '../../src/contract/protocol.ts';
import { request } from '../client.ts';
import { ErrorNotice } from '../components/error-notice.tsx';
import { NOMINAL_PX_PER_MM } from '../ecg/strip/geometry.ts';
import { passphraseFault } from '../session/new-passphrase.ts';
import { setPreferences, usePreferences } from '../theme/preferences.ts';
import { bodyOf } from '../words/error-words.ts';
import { sessionIs, showRecoveryKey } from '../workspace/workspace.ts';
import { AuditLog } from './audit-log.tsx';
import classes from './settings.module.css';

export function Settings({ session }: { session: SessionState }) {
  return (
    <main className={classes.screen} aria-label="Settings">
      <header className={classes.bar}>
        <h1>Settings</h1>
      </header>
      <div className={classes.columns}>
        <div className={classes.left}>
          <Users session={session} />
          <AutoLock session={session} />
          <Display />
          <section className={classes.section} aria-label="About">
            <p className="k-quiet">Kirchhoff {session.version}</p>
          </section>
        </div>
        <AuditLog />
      </div>
    </main>
  );
}

function Users({ session }: { session: SessionState }) {
  const [name, setName] = useState('');
  const [passphrase, setPassphrase] = useState('');
  const [submitted, setSubmitted] = useState(false);
  const [error, setError] = useState<ErrorBody | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setSubmitted(true);
    if (name.trim() === '' || passphraseFault(passphrase) !== null) return;
    setError(null);
    try {
      const { recoveryKey } = await request('session.createUser', { name: name.trim(), passphrase });
      showRecoveryKey(recoveryKey);
    } catch (thrown) {
      setError(bodyOf(thrown));
    }
  }

  return (
    <section className={classes.section} aria-label="Users">
      <h2>Users</h2>
      <ul className={classes.users}>
        {session.users.map((user) => (
          <li key={user}>
            {user} {user === session.user && <span className="k-quiet">(unlocked now)</span>}
          </li>
        ))}
      </ul>
      <form className={classes.form} onSubmit={submit} noValidate>
        <TextInput
          size="xs"
          label="New user"
          autoComplete="off"
          maxLength={64}
          value={name}
          error={submitted && name.trim() === '' ? 'Enter a name.' : null}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          size="xs"
          label="Passphrase"
          autoComplete="new-password"
          maxLength={256}
          value={passphrase}
          error={submitted ? passphraseFault(passphrase) : null}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
        {error !== null && <ErrorNotice error={error} />}
        <div>
          <Button type="submit" variant="default">
            Add user
          </Button>
        </div>
      </form>
    </section>
  );
}

function AutoLock({ session }: { session: SessionState }) {
  const [error, setError] = useState<ErrorBody | null>(null);
  async function change(value: string | number) {
    if (typeof value !== 'number' || value < 1 || value > 240) return;
    setError(null);
    try {
      sessionIs(await request('session.setAutoLock', { minutes: value }));
    } catch (thrown) {
      setError(bodyOf(thrown));
    }
  }
  return (
    <section className={classes.section} aria-label="Automatic lock">
      <h2>Automatic lock</h2>
      <NumberInput
        size="xs"
        w={180}
        label="Lock after idle minutes"
        min={1}
        max={240}
        clampBehavior="strict"
        value={session.autoLockMinutes}
        onChange={(value) => void change(value)}
      />
      {error !== null && <ErrorNotice error={error} />}
    </section>
  );
}

/** Length of the bar that is held against a ruler, millimetres. */
const RULER_MM = 80;

function Display() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { pxPerMm, singleKeys } = usePreferences();
  const px = pxPerMm ?? NOMINAL_PX_PER_MM;
  return (
    <section className={classes.section} aria-label="Display">
      <h2>Display</h2>
      <SegmentedControl
        size="xs"
        aria-label="Theme"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
        data={[
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
          { value: 'auto', label: 'As the system' },
        ]}
      />
      <Switch
        size="xs"
        label="Shortcuts of a single key"
        checked={singleKeys}
        onChange={(event) => setPreferences({ singleKeys: event.currentTarget.checked })}
      />
      <p>
        Hold a ruler against the bar and move the slider until it is {RULER_MM} mm long. Millimetres on ECG
        paper are then true; {pxPerMm === null ? 'now they are nominal.' : 'they are calibrated.'}
      </p>
      <div className={classes.ruler} style={{ width: px * RULER_MM }} />
      <Slider
        w="100%"
        min={2.4}
        max={6}
        step={0.01}
        label={null}
        thumbLabel="Pixels a millimetre"
        value={px}
        onChange={(value) => setPreferences({ pxPerMm: value })}
      />
      {pxPerMm !== null && (
        <Button variant="default" onClick={() => setPreferences({ pxPerMm: null })}>
          Back to nominal
        </Button>
      )}
    </section>
  );
}
