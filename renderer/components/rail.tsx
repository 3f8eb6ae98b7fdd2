/** The rail at the left: the screens, and the lock. */
import { Tooltip, UnstyledButton } from '@mantine/core';
import {
  IconActivityHeartbeat,
  IconCpu,
  IconKeyboard,
  IconListDetails,
  IconLock,
  IconPhotoScan,
  IconSettings,
} from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useWorkspace } from '../workspace/workspace.ts';
import classes from './components.module.css';
import { Keycaps } from './keycaps.tsx';

interface RailProps {
  onWorklist: () => void;
  /** Null while no study was opened. */
  onEcg: (() => void) | null;
  /** Null while no study of images was opened. */
  onRadiograph: (() => void) | null;
  onDevice: () => void;
  onSettings: () => void;
  onKeys: () => void;
  onLock: () => void;
}

export function Rail({ onWorklist, onEcg, onRadiograph, onDevice, onSettings, onKeys, onLock }: RailProps) {
  const screen = useWorkspace((state) => state.place.screen);
  function item(
    label: string,
    shortcut: string,
    icon: ReactElement,
    run: (() => void) | null,
    here: boolean,
  ) {
    return (
      <Tooltip
        position="right"
        label={
          <>
            {label} <Keycaps shortcut={shortcut} />
          </>
        }
      >
        <UnstyledButton
          className={classes.railButton}
          aria-label={label}
          aria-current={here ? 'page' : undefined}
          disabled={run === null}
          onClick={() => run?.()}
        >
          {icon}
        </UnstyledButton>
      </Tooltip>
    );
  }
  return (
    <nav className={classes.rail} aria-label="Screens">
      {item('Worklist', 'mod+1', <IconListDetails size={20} />, onWorklist, screen === 'worklist')}
      {item('ECG', 'mod+2', <IconActivityHeartbeat size={20} />, onEcg, screen === 'ecg')}
      {item('Radiograph', 'mod+3', <IconPhotoScan size={20} />, onRadiograph, screen === 'radiograph')}
      {item('Device lab', 'mod+4', <IconCpu size={20} />, onDevice, screen === 'device')}
      <div className={classes.railGap} />
      {item('Keys', '?', <IconKeyboard size={20} />, onKeys, false)}
      {item('Settings', 'mod+,', <IconSettings size={20} />, onSettings, screen === 'settings')}
      {item('Lock', 'mod+l', <IconLock size={20} />, onLock, false)}
    </nav>
  );
}
