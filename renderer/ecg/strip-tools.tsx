/** Under the strip: speed, gain, leads, calipers, and the way to the next beat that matters. */
import { Checkbox, Menu } from '@mantine/core';
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconChevronLeft,
  IconChevronRight,
  IconRuler2,
} from '@tabler/icons-react';
import componentClasses from '../components/components.module.css';
import { Legend } from '../components/legend.tsx';
import { ToolButton } from '../components/tool-button.tsx';
import { count } from '../words/format.ts';
import classes from './ecg.module.css';
import { FilterMenu } from './filter-menu.tsx';
import { GAINS_MM_PER_MILLIVOLT, SPEEDS_MM_PER_SECOND } from './strip/geometry.ts';
import { type StripView, useStripView } from './strip/strip-view.ts';

interface StripToolsProps {
  view: StripView;
  leadNames: readonly string[];
  /** False: millimetres are nominal. */
  calibrated: boolean;
  uncertain: number;
  ectopic: number;
  canUndo: boolean;
  canRedo: boolean;
  onNext: (what: 'uncertain' | 'ectopic', direction: 1 | -1) => void;
  onUndo: () => void;
  onRedo: () => void;
  onMeasure: () => void;
}

export function StripTools(props: StripToolsProps) {
  const { view, leadNames, calibrated, uncertain, ectopic, canUndo, canRedo } = props;
  const { onNext, onUndo, onRedo, onMeasure } = props;
  const speed = useStripView(view, (state) => state.speedMmPerSecond);
  const gain = useStripView(view, (state) => state.gainMmPerMillivolt);
  const leads = useStripView(view, (state) => state.leads);
  const measuring = useStripView(view, (state) => state.measuring);

  function toggleLead(lead: number) {
    const next = leads.includes(lead) ? leads.filter((each) => each !== lead) : [...leads, lead];
    if (next.length > 0) view.set({ leads: next.sort((a, b) => a - b), calipers: null });
  }

  return (
    <div className={classes.tools} role="toolbar" aria-label="Strip">
      <Menu shadow="none" position="top-start">
        <Menu.Target>
          <button type="button" className={componentClasses.tool} title="Paper speed  [  ]">
            {speed} mm/s
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {SPEEDS_MM_PER_SECOND.map((each) => (
            <Menu.Item
              key={each}
              onClick={() => view.set({ speedMmPerSecond: each })}
              fw={each === speed ? 700 : 400}
            >
              {each} mm/s
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Menu shadow="none" position="top-start">
        <Menu.Target>
          <button type="button" className={componentClasses.tool} title="Gain  +  −">
            {gain} mm/mV
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {GAINS_MM_PER_MILLIVOLT.map((each) => (
            <Menu.Item
              key={each}
              onClick={() => view.set({ gainMmPerMillivolt: each })}
              fw={each === gain ? 700 : 400}
            >
              {each} mm/mV
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Menu shadow="none" position="top-start" closeOnItemClick={false}>
        <Menu.Target>
          <button type="button" className={componentClasses.tool}>
            {leads.length === leadNames.length ? 'All leads' : `${leads.length} of ${leadNames.length} leads`}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {leadNames.map((name, lead) => (
            <Menu.Item
              key={name}
              role="menuitemcheckbox"
              aria-checked={leads.includes(lead)}
              leftSection={<Checkbox.Indicator size="xs" checked={leads.includes(lead)} />}
              onClick={() => toggleLead(lead)}
            >
              {name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <FilterMenu view={view} />
      <ToolButton label="Calipers" shortcut="c" pressed={measuring} onClick={onMeasure}>
        <IconRuler2 size={16} aria-hidden="true" /> Calipers
      </ToolButton>
      {!calibrated && (
        <span className="k-quiet k-small" title="Calibrate the display with a ruler in the settings">
          nominal mm
        </span>
      )}
      <span className={classes.gap} />
      <ToolButton label="Undo" shortcut="mod+z" disabled={!canUndo} onClick={onUndo}>
        <IconArrowBackUp size={16} aria-hidden="true" />
      </ToolButton>
      <ToolButton label="Redo" shortcut="mod+shift+z" disabled={!canRedo} onClick={onRedo}>
        <IconArrowForwardUp size={16} aria-hidden="true" />
      </ToolButton>
      <span className={classes.divider} />
      <ToolButton
        label="Previous uncertain beat"
        shortcut="shift+u"
        disabled={uncertain === 0}
        onClick={() => onNext('uncertain', -1)}
      >
        <IconChevronLeft size={16} aria-hidden="true" />
      </ToolButton>
      <span className="k-number">{count(uncertain)} uncertain</span>
      <ToolButton
        label="Next uncertain beat"
        shortcut="u"
        disabled={uncertain === 0}
        onClick={() => onNext('uncertain', 1)}
      >
        <IconChevronRight size={16} aria-hidden="true" />
      </ToolButton>
      <ToolButton
        label="Previous ectopic beat"
        shortcut="shift+e"
        disabled={ectopic === 0}
        onClick={() => onNext('ectopic', -1)}
      >
        <IconChevronLeft size={16} aria-hidden="true" />
      </ToolButton>
      <span className="k-number">{count(ectopic)} ectopic</span>
      <ToolButton
        label="Next ectopic beat"
        shortcut="e"
        disabled={ectopic === 0}
        onClick={() => onNext('ectopic', 1)}
      >
        <IconChevronRight size={16} aria-hidden="true" />
      </ToolButton>
      <span className={classes.divider} />
      <Legend />
    </div>
  );
}
