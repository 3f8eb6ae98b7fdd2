/** All keys on one sheet. */
import { Modal } from '@mantine/core';
import { useAllActions } from '../actions/actions.ts';
import classes from './command-palette.module.css';
import { Keycaps } from './keycaps.tsx';

export function KeySheet({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const actions = useAllActions().filter((action) => action.keys.length > 0);
  const groups = [...new Set(actions.map((action) => action.group))];
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title="Keys"
      size={760}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className={classes.sheet}>
        {groups.map((group) => (
          <section key={group} className={classes.sheetGroup}>
            <h3>{group}</h3>
            {actions
              .filter((action) => action.group === group)
              .map((action) => (
                <div key={action.id} className={classes.sheetRow}>
                  <span>{action.label}</span>
                  <Keycaps shortcut={action.keys[0]!} />
                </div>
              ))}
          </section>
        ))}
      </div>
    </Modal>
  );
}
