/** The device lab: what the simulated array holds, how it ages, what its noise and its energy are. */
import { Button, NumberInput, SegmentedControl, Select, Slider, Switch, UnstyledButton } from '@mantine/core';
import { IconDownload, IconFileImport } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import {
  type ArraySwitches,
  arraySwitchesSchema,
  type DeviceChoices,
  type DeviceOverview,
  type DeviceStudy,
  type DeviceTile,
} from '../../src/contract/device-lab.ts';
import type { ErrorBody } from '../../src/contract/errors.ts';
import { type DeviceSettings, deviceSettingsSchema } from '../../src/contract/provenance.ts';
import { useActions } from '../actions/actions.ts';
import { request } from '../client.ts';
import { ErrorNotice } from '../components/error-notice.tsx';
import { bodyOf } from '../words/error-words.ts';
import { percent } from '../words/format.ts';
import { ConductanceMap } from './conductance-map.tsx';
import { CostPanel } from './cost-panel.tsx';
import classes from './device.module.css';
import { HistogramChart } from './histogram-chart.tsx';
import { StudyPanel } from './study-panel.tsx';
import { SwitchesPanel } from './switches-panel.tsx';
import { LONGEST_SECONDS, SLIDER_STEPS, secondsAt, stepOf, timeWords } from './time-scale.ts';

const FIRST_MODEL = 'ecg-beats';
/** The slider is asked for its value this long after it rests: each answer programs devices anew. */
const REST_MILLISECONDS = 120;

type Side = 'plus' | 'minus' | 'weight';

/** Answers of the service to the latest question only, with what went wrong. */
function useAnswer<Value>(
  ask: (() => Promise<Value>) | null,
  key: string,
): { value: Value | null; error: ErrorBody | null } {
  const [answer, setAnswer] = useState<{ value: Value | null; error: ErrorBody | null }>({
    value: null,
    error: null,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the question
  useEffect(() => {
    if (ask === null) return;
    let gone = false;
    const timer = window.setTimeout(() => {
      ask().then(
        (value) => !gone && setAnswer({ value, error: null }),
        (thrown: unknown) => !gone && setAnswer((before) => ({ ...before, error: bodyOf(thrown) })),
      );
    }, REST_MILLISECONDS);
    return () => {
      gone = true;
      window.clearTimeout(timer);
    };
  }, [key]);
  return answer;
}

export function DeviceScreen() {
  const [model, setModel] = useState(FIRST_MODEL);
  const [device, setDevice] = useState<DeviceSettings>(() => deviceSettingsSchema.parse({}));
  const [place, setPlace] = useState<{ layer: string; tile: number } | null>(null);
  const [side, setSide] = useState<Side>('weight');
  const [saved, setSaved] = useState<string | null>(null);
  const [saveError, setSaveError] = useState<ErrorBody | null>(null);
  /** Counts the profiles imported: one may have come in the place of another of its name. */
  const [imported, setImported] = useState(0);
  const settings = JSON.stringify([model, device, imported]);

  const { value: choices, error: choicesError } = useAnswer<DeviceChoices>(
    () => request('device.choices', {}),
    `${imported} ${device.profile}`,
  );
  const { value: overview, error } = useAnswer<DeviceOverview>(
    () => request('device.overview', { model, device }),
    settings,
  );
  const { value: shipped } = useAnswer<DeviceStudy | null>(() => request('device.study', { model }), model);
  const [measured, setMeasured] = useState<{ model: string; study: DeviceStudy | null } | null>(null);
  const [measuring, setMeasuring] = useState(false);
  const study = measured?.model === model ? measured.study : shipped;
  const [switches, setSwitches] = useState<ArraySwitches>(() => arraySwitchesSchema.parse({}));
  const { value: switched } = useAnswer(
    () => request('device.switched', { model, device, switches }),
    `${settings} ${JSON.stringify(switches)}`,
  );
  const first = overview?.tiles[0];
  const chosen =
    place !== null && overview?.tiles.some((tile) => tile.layer === place.layer && tile.tile === place.tile)
      ? place
      : first === undefined
        ? null
        : { layer: first.layer, tile: first.tile };
  const { value: tile } = useAnswer<DeviceTile>(
    chosen === null ? null : () => request('device.tile', { model, device, ...chosen }),
    `${settings} ${chosen?.layer} ${chosen?.tile}`,
  );

  const profile = choices?.profiles.find(({ name }) => name === device.profile);
  const longest = profile?.reachSeconds ?? LONGEST_SECONDS;
  const change = (part: Partial<DeviceSettings>) => {
    setDevice({ ...device, ...part });
    setSaved(null);
  };

  async function measure() {
    setMeasuring(true);
    setSaveError(null);
    try {
      setMeasured({ model, study: await request('device.measure', { model, device }) });
    } catch (thrown) {
      setSaveError(bodyOf(thrown));
    }
    setMeasuring(false);
  }

  async function save() {
    setSaveError(null);
    try {
      const { path } = await request('device.export', { model, device });
      setSaved(path);
    } catch (thrown) {
      setSaveError(bodyOf(thrown));
    }
  }

  async function importProfile() {
    setSaveError(null);
    setSaved(null);
    try {
      const { name } = await request('device.importProfile', {});
      if (name === null) return;
      setImported(imported + 1);
      // Its model may not reach as far as the time that is shown.
      setDevice({ ...device, profile: name, driftSeconds: deviceSettingsSchema.parse({}).driftSeconds });
    } catch (thrown) {
      setSaveError(bodyOf(thrown));
    }
  }

  useActions([
    {
      id: 'device-import',
      label: 'Import a device profile…',
      group: 'View',
      keys: [],
      enabled: true,
      run: () => void importProfile(),
    },
    {
      id: 'device-export',
      label: 'Export the device lab’s figures…',
      group: 'View',
      keys: ['mod+e'],
      enabled: true,
      run: () => void save(),
    },
    {
      id: 'device-compensation',
      label: 'Drift compensation on or off',
      group: 'View',
      keys: ['c'],
      enabled: true,
      run: () => change({ driftCompensation: !device.driftCompensation }),
    },
  ]);

  const item = choices?.models.find(({ name }) => name === model)?.item ?? 'beat';
  return (
    <main className={classes.screen} aria-label="Device lab">
      <header className={classes.head}>
        <h1>Device lab</h1>
        <Select
          size="xs"
          aria-label="Network"
          allowDeselect={false}
          data={(choices?.models ?? []).map(({ name, title }) => ({ value: name, label: title }))}
          value={model}
          onChange={(value) => setModel(value ?? FIRST_MODEL)}
        />
        <Select
          size="xs"
          w={300}
          aria-label="Device profile"
          allowDeselect={false}
          data={profileGroups(choices)}
          value={device.profile}
          onChange={(value) => {
            const reach =
              choices?.profiles.find(({ name }) => name === value)?.reachSeconds ?? LONGEST_SECONDS;
            if (value !== null)
              change({ profile: value, driftSeconds: Math.min(device.driftSeconds, reach) });
          }}
        />
        <Button
          variant="default"
          leftSection={<IconFileImport size={14} aria-hidden="true" />}
          onClick={() => void importProfile()}
        >
          Import profile…
        </Button>
        <NumberInput
          size="xs"
          w={128}
          aria-label="Programming seed"
          prefix="chip no. "
          min={0}
          max={1_000_000}
          clampBehavior="strict"
          allowDecimal={false}
          value={device.programmingSeed}
          onChange={(value) => typeof value === 'number' && change({ programmingSeed: value })}
        />
        <div className={classes.gap} />
        {saved !== null && <output className="k-quiet k-small">Saved as {saved}</output>}
        <Button
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden="true" />}
          onClick={() => void save()}
        >
          Export figures…
        </Button>
      </header>
      <div className={classes.notices}>
        {choicesError !== null && <ErrorNotice error={choicesError} />}
        {choices?.damaged.map(({ name, error: damage, usedAsImported }) => (
          <ErrorNotice
            key={name}
            error={
              usedAsImported
                ? { ...damage, message: `${damage.message} It goes on as it was imported last.` }
                : damage
            }
          />
        ))}
        {error !== null && !choices?.damaged.some(({ error: known }) => known.at === error.at) && (
          <ErrorNotice error={error} />
        )}
        {saveError !== null && <ErrorNotice error={saveError} />}
      </div>
      <div className={classes.time}>
        <span className={classes.timeLabel}>
          <strong>{timeWords(device.driftSeconds)}</strong> after programming
        </span>
        <Slider
          className={classes.slider}
          size="sm"
          label={(step) => timeWords(secondsAt(step, longest))}
          thumbLabel="Time since programming"
          min={0}
          max={SLIDER_STEPS}
          value={stepOf(device.driftSeconds, longest)}
          onChange={(step) => change({ driftSeconds: secondsAt(step, longest) })}
        />
        <Switch
          size="xs"
          label="Drift compensation"
          checked={device.driftCompensation}
          onChange={(event) => change({ driftCompensation: event.currentTarget.checked })}
        />
        {overview !== null && (
          <span className="k-quiet k-number">
            {percent(overview.meanConductanceLeft)} of conductance left
          </span>
        )}
      </div>
      <div className={classes.body}>
        <nav className={classes.tiles} aria-label="Tiles">
          {overview?.tiles.map((each) => (
            <UnstyledButton
              key={`${each.layer} ${each.tile}`}
              className={classes.tile}
              aria-current={each.layer === chosen?.layer && each.tile === chosen?.tile}
              onClick={() => setPlace({ layer: each.layer, tile: each.tile })}
            >
              <span>
                {each.layer} <span className="k-quiet">{each.tile}</span>
              </span>
              <span className="k-quiet k-number">
                {each.rowsUsed}×{each.columnsUsed} · {percent(each.utilisation, 0)}
              </span>
              <svg className={classes.use} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect className={classes.useTrack} width="100" height="4" />
                <rect className={classes.bar} width={100 * each.utilisation} height="4" />
              </svg>
            </UnstyledButton>
          ))}
        </nav>
        <section
          className={classes.panels}
          // Scrolled by the keyboard too, once there is something to scroll.
          tabIndex={overview === null ? undefined : 0}
          aria-label="Figures"
        >
          <section className={classes.section} aria-label="Conductances">
            <div className={classes.sectionHead}>
              <h2>Conductances, µS</h2>
              <SegmentedControl
                size="xs"
                aria-label="Devices"
                value={side}
                onChange={(value) => setSide(value as Side)}
                data={[
                  { value: 'weight', label: 'G⁺ − G⁻' },
                  { value: 'plus', label: 'G⁺' },
                  { value: 'minus', label: 'G⁻' },
                ]}
              />
            </div>
            {tile !== null && profile !== undefined && (
              <div className={classes.maps}>
                {(['target', 'programmed', 'now'] as const).map((stage) => (
                  <ConductanceMap
                    key={stage}
                    title={
                      {
                        target: 'Target',
                        programmed: 'Programmed',
                        now: `After ${timeWords(device.driftSeconds)}`,
                      }[stage]
                    }
                    rows={tile.rows}
                    columns={tile.columns}
                    values={shownValues(tile, side, stage)}
                    maximum={profile.gMaxMicroSiemens}
                    signed={side === 'weight'}
                  />
                ))}
              </div>
            )}
            {overview !== null && <HistogramChart histogram={overview.programmingError} />}
          </section>
          {switched !== null && (
            <section className={classes.section} aria-label="Sources of noise">
              <SwitchesPanel switches={switches} onChange={setSwitches} answer={switched} />
            </section>
          )}
          <StudyPanel
            study={study}
            seconds={device.driftSeconds}
            onMeasure={measuring ? null : () => void measure()}
          />
          {overview !== null && <CostPanel cost={overview.cost} item={item} />}
          {profile !== undefined && (
            <section className={classes.section} aria-label="Device profile">
              <h2>{profile.title}</h2>
              <p>{profile.description}</p>
              <ul className={classes.sources}>
                {profile.sources.map(({ what, source }) => (
                  <li key={what}>
                    <strong>{what}</strong>: <span className="k-quiet">{source}</span>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </section>
      </div>
    </main>
  );
}

/** Those that ship and the user's, told apart where there are both. */
function profileGroups(choices: DeviceChoices | null) {
  const options = (own: boolean) =>
    (choices?.profiles ?? [])
      .filter((profile) => profile.own === own)
      .map(({ name, title }) => ({ value: name, label: title }));
  const own = options(true);
  const shipped = options(false);
  if (own.length === 0) return shipped;
  return [
    { group: 'Yours', items: own },
    { group: 'Published devices', items: shipped },
  ];
}

function shownValues(tile: DeviceTile, side: Side, stage: 'target' | 'programmed' | 'now'): Float32Array {
  if (side !== 'weight') return tile[side][stage];
  const minus = tile.minus[stage];
  return tile.plus[stage].map((value, i) => value - minus[i]!);
}
