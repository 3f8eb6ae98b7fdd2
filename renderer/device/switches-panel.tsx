/** Each imperfection of the array on or off, and what the beats then are. */
import { Switch } from '@mantine/core';
import type { ArraySwitches } from '../../src/contract/device-lab.ts';
import classes from './device.module.css';

const SWITCHES: readonly { name: keyof ArraySwitches; label: string }[] = [
  { name: 'programming', label: 'Programming error' },
  { name: 'drift', label: 'Drift' },
  { name: 'readNoise', label: 'Read noise' },
  { name: 'fastReadNoise', label: 'Its fast part' },
  { name: 'wires', label: 'Wires of 0.35 Ω a cell' },
  { name: 'stuckDevices', label: '1 % of devices stuck' },
  { name: 'unevenConverters', label: 'Uneven converters' },
];

interface SwitchesPanelProps {
  switches: ArraySwitches;
  onChange: (switches: ArraySwitches) => void;
  /** Null while they are being computed for the first time. */
  answer: { figures: readonly string[]; values: readonly number[] } | null;
}

export function SwitchesPanel({ switches, onChange, answer }: SwitchesPanelProps) {
  return (
    <fieldset className={classes.switches}>
      <legend>This chip with</legend>
      <div className={classes.switchRow}>
        {SWITCHES.map(({ name, label }) => (
          <Switch
            key={name}
            size="xs"
            label={label}
            checked={switches[name]}
            onChange={(event) => onChange({ ...switches, [name]: event.currentTarget.checked })}
          />
        ))}
      </div>
      <dl className={classes.switchFigures} aria-live="polite">
        {answer?.figures.map((figure, i) => (
          <div key={figure}>
            <dt>{figure}</dt>
            <dd className="k-number">{answer.values[i]?.toFixed(3)}</dd>
          </div>
        ))}
      </dl>
    </fieldset>
  );
}
