/**
 * Writes src/imaging/dicom/dictionary.generated.ts: tag, value representation and keyword of every attribute of
 * DICOM PS3.6 (2022b, retired ones included), from the list that Debian's dcmtk installs. Run it where dcmtk is.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const share = readdirSync('/usr/share').find((name) => name.startsWith('libdcmtk'));
const source = readFileSync(join('/usr/share', share, 'dicom.dic'), 'latin1');

/** Names that dcmtk gives to attributes whose representation depends on others (PS3.5 annex A), as one that holds. */
const CHOSEN = { xs: 'US', ox: 'OW', px: 'OW', lt: 'OW', up: 'UL', na: 'UN' };

const lines = [];
for (const line of source.split('\n')) {
  if (line.startsWith('#')) continue;
  const [tag, vr, name, , version] = line.split('\t');
  if (version === undefined || !/^DICOM(\/retired)?$/.test(version.trim())) continue;
  const match = /^\(([0-9A-Fa-f]{4})(?:-[0-9A-Fa-f]{4})?,([0-9A-Fa-f]{4})\)$/.exec(tag);
  if (match === null || match[1] === 'FFFE' || match[1] === 'fffe' || match[1] === '0000') continue;
  // A repeating group is listed once, by its first number (5000, 6000).
  lines.push(`${match[1]}${match[2]} ${CHOSEN[vr] ?? vr} ${name.replace(/^RETIRED_/, '')}`.trim());
}
lines.sort();
writeFileSync(
  join(import.meta.dirname, '../src/imaging/dicom/dictionary.generated.ts'),
  `/** Written by scripts/dicom-dictionary.mjs from DICOM PS3.6: tag, value representation, keyword, one a line. */\nexport const ATTRIBUTES = \`\n${lines.join('\n')}\n\`;\n`,
);
