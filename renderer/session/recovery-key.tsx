/** The recovery key, shown once. */
import { Button, Checkbox } from '@mantine/core';
import { useState } from 'react';
import { recoveryKeyWrittenDown } from '../workspace/workspace.ts';
import { Card } from './card.tsx';
import classes from './session.module.css';

export function RecoveryKey({ recoveryKey }: { recoveryKey: string }) {
  const [kept, setKept] = useState(false);
  return (
    <Card title="Write down the recovery key">
      <p>
        It is the only way back to the recordings if the passphrase is lost. It is shown once and kept
        nowhere. Store it away from this computer.
      </p>
      <output className={classes.key} data-testid="recovery-key" aria-label="Recovery key">
        {recoveryKey}
      </output>
      <Checkbox
        label="I have written it down"
        autoFocus
        checked={kept}
        onChange={(event) => setKept(event.currentTarget.checked)}
      />
      <div className={classes.actions}>
        <span />
        <Button size="sm" disabled={!kept} onClick={() => void recoveryKeyWrittenDown()}>
          Continue
        </Button>
      </div>
    </Card>
  );
}
