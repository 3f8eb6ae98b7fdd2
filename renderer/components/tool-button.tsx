/** A quiet button of a tool bar; its tooltip tells the key. */
import { Tooltip, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './components.module.css';
import { Keycaps } from './keycaps.tsx';

interface ToolButtonProps {
  label: string;
  shortcut?: string;
  children: ReactNode;
  disabled?: boolean;
  pressed?: boolean;
  onClick: () => void;
}

export function ToolButton({ label, shortcut, children, disabled, pressed, onClick }: ToolButtonProps) {
  return (
    <Tooltip
      label={
        <>
          {label} {shortcut !== undefined && <Keycaps shortcut={shortcut} />}
        </>
      }
    >
      <UnstyledButton
        className={classes.tool}
        aria-label={label}
        aria-pressed={pressed}
        disabled={disabled}
        onClick={onClick}
      >
        {children}
      </UnstyledButton>
    </Tooltip>
  );
}
