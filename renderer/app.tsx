/** The window: session screens, then rail, screen, job tray, palette. */
import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useState } from 'react';
import { runForKey, useActions } from './actions/actions.ts';
import classes from './app.module.css';
import { CommandPalette } from './components/command-palette.tsx';
import { DropTarget } from './components/drop-target.tsx';
import { ErrorNotice } from './components/error-notice.tsx';
import { JobTray } from './components/job-tray.tsx';
import { KeySheet } from './components/key-sheet.tsx';
import { Rail } from './components/rail.tsx';
import { DeviceScreen } from './device/device-screen.tsx';
import { EcgScreen } from './ecg/ecg-screen.tsx';
import { RadiographScreen } from './radiograph/radiograph-screen.tsx';
import { CreateUser } from './session/create-user.tsx';
import { RecoveryKey } from './session/recovery-key.tsx';
import { Unlock } from './session/unlock.tsx';
import { Settings } from './settings/settings.tsx';
import { ColumnDialog } from './worklist/column-dialog.tsx';
import { Worklist } from './worklist/worklist.tsx';
import { askSession, goTo, lock, useWorkspace } from './workspace/workspace.ts';

/** Waited for by whoever drives the window from outside. */
type AppState = 'loading' | 'locked' | 'loaded';

export function App({ root }: { root: HTMLElement }) {
  const session = useWorkspace((state) => state.session);
  const startError = useWorkspace((state) => state.startError);
  const recoveryKey = useWorkspace((state) => state.recoveryKey);

  const appState: AppState =
    session === null && startError === null
      ? 'loading'
      : session?.store === 'locked' && recoveryKey === null
        ? 'locked'
        : 'loaded';
  useEffect(() => {
    root.dataset.appState = appState;
  }, [root, appState]);

  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (runForKey(event)) event.preventDefault();
    };
    window.addEventListener('keydown', key);
    return () => window.removeEventListener('keydown', key);
  }, []);

  if (startError !== null) {
    return (
      <main className={classes.failed}>
        <ErrorNotice error={startError} action={{ label: 'Try again', run: () => void askSession() }} />
      </main>
    );
  }
  if (session === null) return null;
  if (recoveryKey !== null) return <RecoveryKey key={recoveryKey} recoveryKey={recoveryKey} />;
  if (session.store === 'none') return <CreateUser />;
  if (session.store === 'locked') return <Unlock session={session} />;
  return <Window />;
}

function Window() {
  const session = useWorkspace((state) => state.session)!;
  const place = useWorkspace((state) => state.place);
  const [lastStudy, setLastStudy] = useState<string | null>(place.screen === 'ecg' ? place.studyId : null);
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);
  const { colorScheme, setColorScheme } = useMantineColorScheme();

  const [lastImages, setLastImages] = useState<string | null>(
    place.screen === 'radiograph' ? place.studyId : null,
  );

  if (place.screen === 'ecg' && place.studyId !== lastStudy) setLastStudy(place.studyId);
  if (place.screen === 'radiograph' && place.studyId !== lastImages) setLastImages(place.studyId);
  const toWorklist = () => goTo({ screen: 'worklist' });
  const toEcg = lastStudy === null ? null : () => goTo({ screen: 'ecg', studyId: lastStudy });
  const toRadiograph = lastImages === null ? null : () => goTo({ screen: 'radiograph', studyId: lastImages });
  const toDevice = () => goTo({ screen: 'device' });
  const toSettings = () => goTo({ screen: 'settings' });

  useActions([
    {
      id: 'palette',
      label: 'Find an action',
      group: 'Application',
      keys: ['mod+k'],
      enabled: true,
      run: () => setPalette(true),
    },
    {
      id: 'worklist',
      label: 'Worklist',
      group: 'Application',
      keys: ['mod+1'],
      enabled: true,
      run: toWorklist,
    },
    {
      id: 'ecg',
      label: 'Back to the ECG',
      group: 'Application',
      keys: ['mod+2'],
      enabled: toEcg !== null,
      run: () => toEcg?.(),
    },
    {
      id: 'radiograph',
      label: 'Back to the radiograph',
      group: 'Application',
      keys: ['mod+3'],
      enabled: toRadiograph !== null,
      run: () => toRadiograph?.(),
    },
    {
      id: 'device',
      label: 'Device lab',
      group: 'Application',
      keys: ['mod+4'],
      enabled: true,
      run: toDevice,
    },
    {
      id: 'settings',
      label: 'Settings',
      group: 'Application',
      keys: ['mod+,'],
      enabled: true,
      run: toSettings,
    },
    {
      id: 'lock',
      label: 'Lock',
      group: 'Application',
      keys: ['mod+l'],
      enabled: true,
      run: () => void lock(),
    },
    {
      id: 'theme',
      label: colorScheme === 'dark' ? 'Light theme' : 'Dark theme',
      group: 'Application',
      keys: [],
      enabled: true,
      run: () => setColorScheme(colorScheme === 'dark' ? 'light' : 'dark'),
    },
    {
      id: 'keys',
      label: 'Show all keys',
      group: 'Application',
      keys: ['?'],
      enabled: true,
      run: () => setKeys(true),
    },
  ]);

  return (
    <div className={classes.window}>
      <div className={classes.upper}>
        <Rail
          onWorklist={toWorklist}
          onEcg={toEcg}
          onRadiograph={toRadiograph}
          onDevice={toDevice}
          onSettings={toSettings}
          onKeys={() => setKeys(true)}
          onLock={() => void lock()}
        />
        {place.screen === 'worklist' && <Worklist />}
        <ColumnDialog />
        {place.screen === 'ecg' && <EcgScreen key={place.studyId} studyId={place.studyId} />}
        {place.screen === 'radiograph' && <RadiographScreen key={place.studyId} studyId={place.studyId} />}
        {place.screen === 'device' && <DeviceScreen />}
        {place.screen === 'settings' && <Settings session={session} />}
      </div>
      <JobTray />
      <DropTarget />
      <CommandPalette opened={palette} onClose={() => setPalette(false)} />
      <KeySheet opened={keys} onClose={() => setKeys(false)} />
    </div>
  );
}
