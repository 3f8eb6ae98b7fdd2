/** What the signal is shown through. */
import { Menu } from '@mantine/core';
import { DISPLAY_FILTERS, type DisplayFilter } from '../../src/contract/protocol.ts';
import componentClasses from '../components/components.module.css';
import { type StripView, useStripView } from './strip/strip-view.ts';

const FILTER_WORDS: Readonly<Record<DisplayFilter, { short: string; long: string }>> = {
  none: { short: 'As recorded', long: 'As recorded: no filter' },
  diagnostic: { short: '0.05–150 Hz', long: 'Diagnostic: 0.05–150 Hz, without mains hum' },
  steady: {
    short: '0.5–150 Hz',
    long: 'Steady baseline: 0.5–150 Hz, without mains hum; ST levels may change',
  },
  monitor: { short: '0.67–40 Hz', long: 'Monitor: 0.67–40 Hz; ST levels and notches change' },
};

export function FilterMenu({ view }: { view: StripView }) {
  const filter = useStripView(view, (state) => state.filter);
  return (
    <Menu shadow="none" position="top-start">
      <Menu.Target>
        <button type="button" className={componentClasses.tool} title="Filter of the screen  H">
          {FILTER_WORDS[filter].short}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {DISPLAY_FILTERS.map((each) => (
          <Menu.Item key={each} onClick={() => view.set({ filter: each })} fw={each === filter ? 700 : 400}>
            {FILTER_WORDS[each].long}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
