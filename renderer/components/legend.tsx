/** What marks and shades mean; one hover or focus away. */
import { HoverCard, UnstyledButton } from '@mantine/core';
import { IconHelpCircle } from '@tabler/icons-react';
import { BEAT_CLASSES, SPREAD_NAME } from '../../src/contract/ecg.ts';
import { ClassMark } from './class-mark.tsx';
import classes from './components.module.css';
import { beatClassName } from './mark-shape.ts';

export function Legend() {
  return (
    <HoverCard width={320} position="top-end" shadow="none" withinPortal openDelay={80}>
      <HoverCard.Target>
        <UnstyledButton className={classes.legendButton} aria-label="Legend: what marks and shades mean">
          <IconHelpCircle size={16} aria-hidden="true" /> Legend
        </UnstyledButton>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <ul className={classes.legendList}>
          {BEAT_CLASSES.map((label) => (
            <li key={label}>
              <ClassMark label={label} /> <strong>{label}</strong> {beatClassName(label)}
            </li>
          ))}
          <li>
            <span className={classes.swatchCertain} /> Full colour, solid edge: certain
          </li>
          <li>
            <span className={classes.swatchReview} /> Pale, broken edge: for review
          </li>
          <li>
            <span className={classes.swatchHalo} /> Soft halo: the signal is ambiguous (aleatoric)
          </li>
          <li>
            <svg className={classes.swatchHatch} viewBox="0 0 22 14" aria-hidden="true">
              <path d="M-2 14 12 0M4 14 18 0M10 14 24 0M-8 14 6 0" />
            </svg>
            Hatching: the samples disagree (epistemic, {SPREAD_NAME})
          </li>
          <li>
            <span className={classes.swatchHand}>V</span> Bar under the letter: a clinician’s label
          </li>
        </ul>
      </HoverCard.Dropdown>
    </HoverCard>
  );
}
