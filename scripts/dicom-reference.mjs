/**
 * Writes test/conformance/dicom-reference.json: what Debian's dcmtk and gdcm make of the DICOM corpus, as SHA-256 of
 * each frame's samples, against which src/imaging is tested. Run it where `dcmtk` and `libgdcm-tools` are installed.
 *
 * A lossy frame may differ by one grey level. Where it does, the difference from what src/imaging gives is kept
 * (values -1, 0, 1, deflated), so that the test holds every pixel to the reference without keeping the pixels.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import dicomParser from 'dicom-parser';
import { decodeDicom } from '../src/imaging/decode-dicom.ts';
import { prepareForDisplay } from '../src/imaging/display.ts';
import { readInventory } from '../test/conformance/dicom-corpus.ts';
import { CHECKOUT } from './process.mjs';

const OUT = join(CHECKOUT, 'test', 'conformance', 'dicom-reference.json');
/** Frames of one file that are held to the reference; films repeat themselves. */
const MOST_FRAMES = 8;
/** Images beyond this are not compared as shown, to keep the references small. */
const MOST_SHOWN_SAMPLES = 300_000;
const LOSSY = /^1\.2\.840\.10008\.1\.2\.4\.(50|51|53|55|81|91|93|203)$/;

/**
 * Files that both tools get wrong, as others of the corpus prove: the dose of a file in another transfer syntax, whose
 * 32-bit pixels dcmtk and gdcm take apart into words and do not turn.
 */
const TWINS = {
  'rtdose_expb.dcm': 'rtdose.dcm',
  'rtdose_expb_1frame.dcm': 'rtdose_1frame.dcm',
};

const folder = mkdtempSync(join(tmpdir(), 'dicom-reference-'));
const corpus = execFileSync(join(CHECKOUT, '../shared/data/unpack'), { encoding: 'utf8' }).trim();

function run(program, args) {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000, maxBuffer: 2 ** 28 });
    return true;
  } catch {
    return false;
  }
}

/** Samples of the frames of an uncompressed little endian file, read without any code of src/imaging. */
function framesOf(path) {
  const dataSet = dicomParser.parseDicom(readFileSync(path));
  const u16 = (tag) => dataSet.uint16(tag);
  const element = dataSet.elements.x7fe00010;
  if (element === undefined || element.encapsulatedPixelData) return null;
  const [rows, columns] = [u16('x00280010'), u16('x00280011')];
  const samples = u16('x00280002') ?? 1;
  const allocated = u16('x00280100');
  const stored = u16('x00280101');
  const highBit = u16('x00280102') ?? stored - 1;
  const signed = u16('x00280103') === 1;
  const planar = samples > 1 && u16('x00280006') === 1;
  const photometric = dataSet.string('x00280004')?.trim();
  const frames = Math.max(1, Number(dataSet.intString('x00280008') ?? 1));
  if (![8, 16, 32].includes(allocated)) return null;
  if (/_42[02]$/.test(photometric)) return null;
  const count = rows * columns * samples;
  const bytes = allocated / 8;
  const raw = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  if (raw.length < frames * count * bytes) return null;
  const shift = BigInt(highBit + 1 - stored);
  const list = [];
  for (let f = 0; f < Math.min(frames, MOST_FRAMES); f++) {
    const values = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const from = planar ? (i % samples) * rows * columns + Math.floor(i / samples) : i;
      const at = (f * count + from) * bytes;
      let cell = 0n;
      if (allocated === 32 || shift !== 0n) {
        for (let b = bytes - 1; b >= 0; b--) cell = (cell << 8n) | BigInt(raw[at + b]);
        cell >>= shift;
        values[i] = Number(signed ? BigInt.asIntN(stored, cell) : BigInt.asUintN(stored, cell));
        continue;
      }
      const word = bytes === 1 ? raw[at] : raw[at] | (raw[at + 1] << 8);
      const spare = 32 - stored;
      values[i] = signed ? (word << spare) >> spare : (word << spare) >>> spare;
    }
    list.push(values);
  }
  return { frames: list, count: frames, photometric, samples };
}

/** Uncompressed by dcmtk and by gdcm: each null where the tool refuses. */
function references(path) {
  const out = join(folder, 'out.dcm');
  const by = {};
  for (const [tool, attempts] of Object.entries({
    dcmtk: [
      ['dcmdjpeg', ['+te', path, out]],
      ['dcmdjpls', ['+te', path, out]],
      ['dcmdrle', ['+te', path, out]],
      ['dcmconv', ['+te', path, out]],
    ],
    // Goes by the marks of the JPEG data where the header calls YCbCr RGB.
    'dcmtk +cg': [['dcmdjpeg', ['+te', '+cg', path, out]]],
    gdcm: [['gdcmconv', ['--raw', path, out]]],
  })) {
    for (const [program, args] of attempts) {
      rmSync(out, { force: true });
      if (!run(program, args)) continue;
      try {
        by[tool] = framesOf(out);
      } catch {
        by[tool] = null;
      }
      if (by[tool] != null) break;
    }
  }
  return by;
}

/** What dcmtk shows of the first frame in 8 bits, by the file's first window or table; null where it shows nothing. */
function shownByDcmtk(path, image) {
  const preset = image.presets[0]?.kind;
  if (image.samplesPerPixel === 1 && preset === undefined) return null;
  const out = join(folder, 'out.pnm');
  const options = image.samplesPerPixel === 3 ? [] : preset === 'window' ? ['+Wi', '1'] : ['+Wl', '1'];
  for (const program of ['dcmj2pnm', 'dcml2pnm']) {
    rmSync(out, { force: true });
    if (!run(program, ['--write-raw-pnm', '-O', ...options, path, out])) continue;
    const bytes = readFileSync(out);
    const head = /^P[56]\s+(?:#.*\n)?(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 200));
    return head === null ? null : new Uint8Array(bytes.subarray(head[0].length));
  }
  return null;
}

const sha256 = (values) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

const packed = (delta) => deflateRawSync(delta, { level: 9 }).toString('base64');

const result = [];
const tally = {};
for (const { path, marked, transferSyntax, group } of readInventory(corpus)) {
  const file = join(corpus, 'dicom', path);
  const twin = TWINS[basename(path)];
  const by = references(twin === undefined ? file : join(dirname(file), twin));
  const lossy = LOSSY.test(transferSyntax);
  let ours = null;
  let error = null;
  try {
    ours = decodeDicom(new Uint8Array(readFileSync(file)), basename(path));
    if (ours.frameCount === 0) ours = null;
    else await ours.storedFrame(0);
  } catch (thrown) {
    ours = null;
    error = thrown.message;
  }
  const tools = Object.keys(by).filter((tool) => by[tool] != null);
  const entry = { path, group, marked, frames: [] };
  let outcome = ours === null ? (error === null ? 'no image' : 'refused') : 'decoded';
  if (ours === null && (tools.length > 0 || marked))
    console.log(`REFUSED ${path} ${tools} marked=${marked}: ${error}`);
  if (tools.length > 0 && ours !== null) {
    const best = [];
    for (const tool of tools) {
      const { frames, photometric } = by[tool];
      const list = [];
      let worst = 0;
      for (const [index, reference] of frames.entries()) {
        const stored = await ours.storedFrame(index).catch((thrown) => thrown);
        if (stored instanceof Error) {
          worst = Number.POSITIVE_INFINITY;
          console.log(`  frame ${index}: ${stored.message}`);
          break;
        }
        const samples =
          photometric === 'RGB' && /^YBR/.test(stored.photometric)
            ? (await ours.frame(index)).pixels
            : stored.samples;
        if (samples.length !== reference.length) {
          worst = Number.POSITIVE_INFINITY;
          break;
        }
        const delta = new Int8Array(reference.length);
        let differing = 0;
        for (let i = 0; i < reference.length; i++) {
          const d = reference[i] - (samples[i] | 0);
          if (d !== 0) differing++;
          if (Math.abs(d) > worst) worst = Math.abs(d);
          delta[i] = d;
        }
        const compared = { sha256: sha256(reference), form: samples === stored.samples ? 'stored' : 'rgb' };
        if (differing > 0) compared.delta = packed(delta);
        list.push(compared);
      }
      best.push({ tool, worst, list, count: by[tool].count });
    }
    best.sort((a, b) => a.worst - b.worst);
    const chosen = best[0];
    entry.tool = chosen.tool;
    entry.lossy = lossy;
    if (chosen.worst <= (lossy ? 1 : 0)) entry.frames = chosen.list;
    else {
      outcome = 'mismatch';
      console.log(`MISMATCH ${path} ${best.map((b) => `${b.tool} ${b.worst}`).join(', ')}`);
    }
    if (best.some((b) => b.worst > (lossy ? 1 : 0)) && outcome !== 'mismatch') {
      console.log(`other tool differs: ${path} ${best.map((b) => `${b.tool} ${b.worst}`).join(', ')}`);
    }
  }
  if (ours !== null && ours.instance.transferSyntaxUid !== null && !lossy) {
    const image = await ours.frame(0);
    const shown = image.pixels.length <= MOST_SHOWN_SAMPLES ? shownByDcmtk(file, image) : null;
    const { shades } = prepareForDisplay(image);
    if (shown !== null && shown.length === shades.length) {
      const delta = Int8Array.from(shades, (shade, i) => Math.max(-128, Math.min(127, shown[i] - shade)));
      const worst = delta.reduce((most, d) => Math.max(most, Math.abs(d)), 0);
      if (worst > 1) console.log(`SHOWN OTHERWISE ${path} ${worst}`);
      else entry.display = { sha256: sha256(shown), ...(worst === 0 ? {} : { delta: packed(delta) }) };
    }
  }
  entry.outcome = outcome;
  if (error !== null) entry.error = error;
  tally[group] ??= {
    files: 0,
    decoded: 0,
    compared: 0,
    refused: 0,
    mismatch: 0,
    'no image': 0,
  };
  const row = tally[group];
  row.files++;
  row[outcome]++;
  if (entry.frames.length > 0) row.compared++;
  result.push(entry);
}
rmSync(folder, { recursive: true });
console.table(tally);
writeFileSync(OUT, `${JSON.stringify(result, null, 1)}\n`);
console.log(`${OUT}: ${readFileSync(OUT).length} bytes`);
