/** Energy and time of one inference on a published chip, beside digital logic; sources one click away. */
import type { CostReportShown } from '../../src/contract/device-lab.ts';
import { percent } from '../words/format.ts';
import classes from './device.module.css';

const SOURCE_WORDS: Record<string, string> = {
  core: 'cores (array, DAC, ADC, not told apart)',
  array: 'array',
  dac: 'DAC',
  adc: 'ADC',
  digital: 'digital',
  dataMovement: 'data movement',
};

function energyWords(picojoules: number): string {
  if (picojoules >= 1e9) return `${(picojoules / 1e9).toPrecision(3)} mJ`;
  if (picojoules >= 1e6) return `${(picojoules / 1e6).toPrecision(3)} µJ`;
  if (picojoules >= 1e3) return `${(picojoules / 1e3).toPrecision(3)} nJ`;
  return `${picojoules.toPrecision(3)} pJ`;
}

function timeWords(nanoseconds: number): string {
  if (nanoseconds >= 1e6) return `${(nanoseconds / 1e6).toPrecision(3)} ms`;
  if (nanoseconds >= 1e3) return `${(nanoseconds / 1e3).toPrecision(3)} µs`;
  return `${nanoseconds.toPrecision(3)} ns`;
}

export function CostPanel({ cost, item }: { cost: CostReportShown | null; item: string }) {
  if (cost === null) {
    return (
      <section className={classes.section} aria-label="Energy and time">
        <h2>Energy and time</h2>
        <p>No chip with devices of this kind has published figures to count on.</p>
      </section>
    );
  }
  const rows = [
    {
      name: `${cost.chip.title}, ${cost.samples} samples`,
      node: cost.chip.nodeNanometres,
      energy: cost.allSamples.totalPicojoules,
      time: cost.allSamples.latencyNanoseconds,
    },
    {
      name: `${cost.chip.title}, one sample`,
      node: cost.chip.nodeNanometres,
      energy: cost.oneSample.totalPicojoules,
      time: cost.oneSample.latencyNanoseconds,
    },
    ...cost.digital.map((digital) => ({
      name: `digital ${digital.arithmetic}, weights from ${digital.weightsFrom}, one pass${digital.scaled ? ', scaled' : ''}`,
      node: digital.nodeNanometres,
      energy: digital.totalPicojoules,
      time: digital.latencyNanoseconds,
    })),
  ];
  const most = Math.max(...rows.map(({ energy }) => energy));
  const sources = Object.entries(cost.oneSample.energyPicojoules).filter(([, energy]) => energy > 0);
  return (
    <section className={classes.section} aria-label="Energy and time">
      <h2>Energy and time of one {item}</h2>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Computed on</th>
            <th scope="col">Node</th>
            <th scope="col">Energy</th>
            <th scope="col" aria-label="Energy on a logarithmic scale" />
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, node, energy, time }) => (
            <tr key={`${name} ${node}`}>
              <th scope="row">{name}</th>
              <td className="k-number">{node} nm</td>
              <td className="k-number">{energyWords(energy)}</td>
              <td className={classes.barCell}>
                <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect
                    className={classes.bar}
                    width={Math.max(1, 100 * (1 + Math.log10(energy / most) / 5))}
                    height="8"
                  />
                </svg>
              </td>
              <td className="k-number">{timeWords(time)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="k-quiet k-small">
        Bars: five decades. Where one sample’s energy goes:{' '}
        {sources
          .map(
            ([source, energy]) =>
              `${SOURCE_WORDS[source] ?? source} ${percent(energy / cost.oneSample.totalPicojoules)}`,
          )
          .join(', ')}
        . Programming:{' '}
        {cost.programming.picojoules === null ? 'not known' : energyWords(cost.programming.picojoules)}, once
        for {cost.programming.devices.toLocaleString('en-GB')} devices. {cost.programming.remark}
      </p>
      <details>
        <summary>By layer</summary>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Matrix</th>
              <th scope="col">Reads</th>
              <th scope="col">Cores</th>
              <th scope="col">Use</th>
              <th scope="col">Energy</th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {cost.layers.map((layer) => (
              <tr key={layer.layer}>
                <th scope="row">{layer.layer}</th>
                <td>
                  {layer.rows}×{layer.columns}
                </td>
                <td>{layer.positions}</td>
                <td>{layer.cores}</td>
                <td>{percent(layer.utilisation)}</td>
                <td className="k-number">{energyWords(layer.totalPicojoules)}</td>
                <td className="k-number">{timeWords(layer.latencyNanoseconds)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <details>
        <summary>Sources of the figures</summary>
        <ul className={classes.sources}>
          {cost.constants.map(({ what, value, standing, source }) => (
            <li key={`${what} ${value}`}>
              <strong>{what}</strong>: {value} <em>({standing})</em>
              <div className="k-quiet">{source}</div>
            </li>
          ))}
          {cost.remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      </details>
      <details>
        <summary>Published rows beside the model</summary>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">What it is</th>
              <th scope="col">Published</th>
              <th scope="col">Modelled</th>
              <th scope="col">Off by</th>
            </tr>
          </thead>
          <tbody>
            {cost.checks.map((check) => (
              <tr key={check.what}>
                <th scope="row">{check.what}</th>
                <td>{check.kind}</td>
                <td className="k-number">
                  {check.published.toPrecision(3)} {check.unit}
                </td>
                <td className="k-number">
                  {check.modelled.toPrecision(3)} {check.unit}
                </td>
                <td className="k-number">{(100 * check.relativeError).toFixed(1)} %</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
