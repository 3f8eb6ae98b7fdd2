import { expect, test } from 'vitest';
import { characterSetsOf, decodeText } from './character-sets.ts';

const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** Names that DICOM PS3.5 spells out byte by byte (annexes H, I, J, K), and the same kind in the other sets. */
const NAMES: [sets: string, bytes: string, name: string][] = [
  [
    '\\ISO 2022 IR 87',
    '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b28423d1b24422464245e24401b28425e1b2442243f246d24261b2842',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
  ],
  [
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    'd4cfc0de5ec0dbb33d1b24423b3345441b284a5e1b244242404f3a1b284a3d1b24422464245e24401b284a5e1b2442243f246d24261b284a',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
  ],
  [
    '\\ISO 2022 IR 149',
    '486f6e675e47696c646f6e673d1b242943fbf35e1b242943d1ced4d73d1b242943c8ab5e1b242943b1e6b5bf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  ['ISO_IR 192', '57616e675e5869616f446f6e673de78e8b5ee5b08fe69db13d', 'Wang^XiaoDong=王^小東='],
  ['GB18030', '57616e675e5869616f446f6e673dcdf55ed0a1b6ab3d', 'Wang^XiaoDong=王^小东='],
  ['GBK', '5a68616e675e5869616f446f6e673dd5c55ed0a1b6ab', 'Zhang^XiaoDong=张^小东'],
  [
    '\\ISO 2022 IR 58',
    '5a68616e675e5869616f446f6e673d1b242941d5c55e1b242941d0a1b6ab3d',
    'Zhang^XiaoDong=张^小东=',
  ],
  ['ISO_IR 100', 'c46e6561735e52fc646967657220', 'Äneas^Rüdiger '],
  ['ISO_IR 101', '57b36f646172637a796bb6', 'Włodarczykś'],
  ['ISO_IR 109', 'a6616d72756e', 'Ĥamrun'],
  ['ISO_IR 110', '4ab66e6973', 'Jļnis'],
  ['ISO_IR 144', 'bbeeda6365dcd17970d3', 'Люкceмбypг'],
  ['ISO_IR 127', 'e2c8c7e6ea5ee4e6d2c7d1', 'قباني^لنزار'],
  ['ISO_IR 126', 'c4e9efedf5f3e9eff2', 'Διονυσιος'],
  ['ISO_IR 138', 'f9f8e5ef5ee3e1e5f8e4', 'שרון^דבורה'],
  ['ISO_IR 148', '44f66ed06efd', 'DönĞnı'],
  ['ISO_IR 203', 'a4', '€'],
  ['ISO_IR 166', 'cac1aad2c2', 'สมชาย'],
  ['ISO 2022 IR 6\\ISO 2022 IR 100\\ISO 2022 IR 144', '4a1b2d41e972f46d655e1b2d4cbbeeda', 'Jérôme^Люк'],
  ['\\ISO 2022 IR 159', '1b2428443021', '丂'],
];

test.each(NAMES)('%s', (sets, bytes, name) => {
  expect(decodeText(hex(bytes), characterSetsOf(ascii(sets)), 'person-names')).toBe(name);
});

test('terms as they are met', () => {
  for (const term of ['ISO_IR 100', 'ISO-IR 100', 'ISO IR100', 'ISO 2022 IR 100', 'iso_ir 100 ']) {
    expect(characterSetsOf(ascii(term))).toEqual(['100']);
  }
});

test('a backslash within a character of two bytes parts no values', () => {
  // 0x5c is the second byte of 昭 in GBK and 乗 in JIS X 0208.
  expect(decodeText(hex('955c'), ['GBK'], 'values')).toBe(new TextDecoder('gbk').decode(hex('955c')));
  expect(decodeText(hex('1b2442305c1b284241'), ['', '87'], 'values')).toBe(
    `${new TextDecoder('euc-jp').decode(hex('b0dc'))}A`,
  );
});

test('bytes beyond a default repertoire are UTF-8 where they can be, Latin-1 else', () => {
  expect(decodeText(hex('4ac3a972'), [''], 'values')).toBe('Jér');
  expect(decodeText(hex('4ae972'), [], 'values')).toBe('Jér');
});

test('broken text never throws', () => {
  for (let first = 0; first < 256; first++) {
    for (const sets of [
      ['', '87'],
      ['13', '87'],
      ['', '149'],
      ['GB18030'],
      ['192'],
      ['', '58'],
      ['nonsense'],
    ]) {
      for (const tail of ['', '1b', '1b24', '1b2442', 'ff80']) {
        const bytes = hex(`1b2442${first.toString(16).padStart(2, '0')}${tail}`);
        expect(typeof decodeText(bytes, sets, 'values')).toBe('string');
      }
    }
  }
});
