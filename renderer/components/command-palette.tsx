/** Every action, found by typing. */
import { Modal, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { type Action, useAllActions } from '../actions/actions.ts';
import classes from './command-palette.module.css';
import { Keycaps } from './keycaps.tsx';

interface CommandPaletteProps {
  opened: boolean;
  onClose: () => void;
}

/** True when every word of the query begins a word of the label or is within it. */
export function found(label: string, query: string): boolean {
  const text = label.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export function CommandPalette({ opened, onClose }: CommandPaletteProps) {
  return (
    <Modal.Root opened={opened} onClose={onClose} size={560} yOffset="12vh" centered={false}>
      <Modal.Overlay />
      <Modal.Content aria-label="Command palette">
        <Modal.Body p={0}>{opened && <PaletteBody onClose={onClose} />}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function PaletteBody({ onClose }: { onClose: () => void }) {
  const all = useAllActions();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const listId = useId();
  const shown = useMemo(
    () =>
      all.filter(
        (action) =>
          action.enabled && action.id !== 'palette' && found(`${action.group} ${action.label}`, query.trim()),
      ),
    [all, query],
  );
  const current = Math.min(active, shown.length - 1);

  function run(action: Action | undefined) {
    if (action === undefined) return;
    onClose();
    // After the dialog has given the focus back.
    requestAnimationFrame(action.run);
  }

  function key(event: KeyboardEvent) {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const next = (current + step + shown.length) % Math.max(1, shown.length);
      setActive(next);
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(shown[current]);
    }
  }

  return (
    <>
      <TextInput
        data-autofocus
        variant="unstyled"
        className={classes.input}
        leftSection={<IconSearch size={16} aria-hidden="true" />}
        placeholder="What do you want to do?"
        aria-label="Search actions"
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={shown.length > 0 ? `${listId}-${current}` : undefined}
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={key}
      />
      <div className={classes.list} id={listId} role="listbox" aria-label="Actions" tabIndex={-1}>
        {shown.map((action, i) => (
          <div
            key={action.id}
            id={`${listId}-${i}`}
            role="option"
            tabIndex={-1}
            aria-selected={i === current}
            className={classes.option}
            onMouseMove={() => setActive(i)}
            onClick={() => run(action)}
            onKeyDown={key}
          >
            <span className={classes.group}>{action.group}</span>
            <span className={classes.label}>{action.label}</span>
            {action.keys[0] !== undefined && <Keycaps shortcut={action.keys[0]} />}
          </div>
        ))}
        {shown.length === 0 && <p className={classes.none}>No action is called that.</p>}
      </div>
    </>
  );
}
