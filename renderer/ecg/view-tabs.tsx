/** The views of a study, one key each. */
import { Tabs } from '@mantine/core';
import classes from './ecg.module.css';
import { type EcgView, VIEW_NAMES } from './views.ts';

interface ViewTabsProps {
  views: readonly EcgView[];
  view: EcgView;
  onShow: (view: EcgView) => void;
}

export function ViewTabs({ views, view, onShow }: ViewTabsProps) {
  return (
    <Tabs
      value={view}
      onChange={(next) => onShow(views.find((each) => each === next) ?? 'strip')}
      className={classes.viewTabs}
    >
      <Tabs.List aria-label="Views of the recording">
        {views.map((each, i) => (
          <Tabs.Tab key={each} value={each} title={`${VIEW_NAMES[each]}  ${i + 1}`}>
            {VIEW_NAMES[each]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
