import { keycaps } from '../actions/keys.ts';
import classes from './components.module.css';

export function Keycaps({ shortcut }: { shortcut: string }) {
  return (
    <span className={classes.keys}>
      {keycaps(shortcut).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </span>
  );
}
