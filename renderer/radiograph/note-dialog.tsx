/** Asks for the words of a note that was just placed. */
import { Button, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import type { Annotation } from '../../src/contract/imaging-study.ts';
import signOffClasses from '../ecg/sign-off.module.css';

interface NoteDialogProps {
  note: Annotation | null;
  onClose: () => void;
  onKeep: (note: Annotation) => void;
}

export function NoteDialog({ note, onClose, onKeep }: NoteDialogProps) {
  const [text, setText] = useState('');
  useEffect(() => {
    if (note !== null) setText('');
  }, [note]);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (note?.kind === 'note') onKeep({ ...note, text: text.trim() });
  }

  return (
    <Modal opened={note !== null} onClose={onClose} title="Note" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={signOffClasses.body} onSubmit={submit}>
        <TextInput
          label="Text"
          data-autofocus
          maxLength={500}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <div className={signOffClasses.actions}>
          <Button variant="default" size="sm" onClick={onClose}>
            Back
          </Button>
          <Button size="sm" type="submit" disabled={text.trim() === ''}>
            Keep
          </Button>
        </div>
      </form>
    </Modal>
  );
}
