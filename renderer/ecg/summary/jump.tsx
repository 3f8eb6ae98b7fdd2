/** A time of the recording that leads to it. */
import { UnstyledButton } from '@mantine/core';
import { elapsed } from '../../words/format.ts';
import classes from './summary.module.css';

interface JumpProps {
  startSample: number;
  endSample?: number;
  samplingRateHz: number;
  onJump: (startSample: number, endSample: number) => void;
}

export function Jump({ startSample, endSample = startSample, samplingRateHz, onJump }: JumpProps) {
  return (
    <UnstyledButton className={classes.jump} onClick={() => onJump(startSample, endSample)}>
      {elapsed(startSample / samplingRateHz)}
    </UnstyledButton>
  );
}
