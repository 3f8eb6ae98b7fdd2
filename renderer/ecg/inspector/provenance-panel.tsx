/** What made the numbers: inputs, model, simulated array, seeds, version. */
import { SPREAD_NAME } from '../../../src/contract/ecg.ts';
import type { Provenance } from '../../../src/contract/provenance.ts';
import { count, duration, percent } from '../../words/format.ts';
import classes from './inspector.module.css';

export function ProvenancePanel({ provenance }: { provenance: Provenance }) {
  const tiles = [...provenance.tiles, ...(provenance.rhythm?.tiles ?? [])];
  const used = tiles.reduce((sum, tile) => sum + tile.rowsUsed * tile.columnsUsed, 0);
  const cells = tiles.reduce((sum, tile) => sum + tile.rows * tile.columns, 0);
  return (
    <div className={classes.findings}>
      <section className={classes.section} aria-label="Computation">
        <h3>Computation</h3>
        <dl className={classes.pairs}>
          <Pair name="Model" value={provenance.model} />
          <Pair name="Calibration" value={provenance.calibrationId} />
          {provenance.rhythm !== null && (
            <>
              <Pair name="Rhythm model" value={provenance.rhythm.model} />
              <Pair name="Rhythm calibration" value={provenance.rhythm.calibrationId} />
            </>
          )}
          <Pair name="Device profile" value={provenance.deviceProfile} />
          <Pair
            name="Since programming"
            value={`${duration(provenance.driftSeconds)} (${count(provenance.driftSeconds)} s)`}
          />
          <Pair name="Drift compensation" value={provenance.driftCompensation ? 'on' : 'off'} />
          <Pair name="Programming seed" value={String(provenance.programmingSeed)} />
          <Pair name="Samples a beat" value={`${provenance.samples} (${SPREAD_NAME})`} />
          <Pair name="Seed" value={String(provenance.seed)} />
          <Pair name="Version" value={provenance.softwareVersion} />
        </dl>
      </section>
      <section className={classes.section} aria-label="Tiles">
        <h3>
          Tiles <span className={classes.headNumber}>{tiles.length}</span>{' '}
          <span className={classes.headNote}>{percent(cells === 0 ? 0 : used / cells)} used</span>
        </h3>
        <table className={classes.tiles}>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">Tile</th>
              <th scope="col">Used</th>
              <th scope="col">Share</th>
            </tr>
          </thead>
          <tbody>
            {tiles.map((tile) => (
              <tr key={`${tile.layer}${tile.tile}${tile.rowsUsed}`}>
                <th scope="row">{tile.layer}</th>
                <td>{tile.tile}</td>
                <td>
                  {tile.rowsUsed}×{tile.columnsUsed}
                </td>
                <td>{percent(tile.utilisation)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <section className={classes.section} aria-label="Hashes">
        <h3>SHA-256</h3>
        <Hash name="Content" value={provenance.contentSha256} />
        <Hash name="Model" value={provenance.modelSha256} />
        {provenance.rhythm !== null && <Hash name="Rhythm model" value={provenance.rhythm.modelSha256} />}
        <Hash name="Device profile" value={provenance.deviceProfileSha256} />
        {provenance.inputs.map((input) => (
          <Hash key={input.name} name={`${input.name}, ${count(input.bytes)} bytes`} value={input.sha256} />
        ))}
      </section>
    </div>
  );
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Hash({ name, value }: { name: string; value: string }) {
  return (
    <div className={classes.hash}>
      <div className="k-quiet k-small">{name}</div>
      <div className="k-mono">{value}</div>
    </div>
  );
}
