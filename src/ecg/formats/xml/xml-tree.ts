/**
 * XML as a tree of elements. A document type declaration is refused, so nothing is expanded but the five
 * predefined entities; depth and number of elements are bounded.
 */
import { SaxesParser } from 'saxes';
import { KirchhoffError } from '../../../contract/errors.ts';

/** A limit of the product: as text, a day of three leads. */
const LARGEST_FILE_BYTES = 256 * 2 ** 20;
const MAXIMUM_DEPTH = 64;
const MAXIMUM_ELEMENTS = 1_000_000;

export interface XmlElement {
  /** Without its prefix. */
  name: string;
  /** By name without prefix. */
  attributes: ReadonlyMap<string, string>;
  children: XmlElement[];
  /** Character data directly inside, in order. */
  text: string;
  /** Line of the file, from 1. */
  line: number;
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The text of a file by its byte order mark or declaration; UTF-8 where it has neither. */
export function decodedXml(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /^<\?xml[^>]*encoding\s*=\s*["'](iso-8859-1|windows-1252|us-ascii)["']/i.exec(start);
  return new TextDecoder(declared === null ? 'utf-8' : 'windows-1252').decode(bytes);
}

/** Name of the outermost element without its prefix; null where the text begins like no XML. */
export function rootElementName(start: string): string | null {
  let at = start.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    while (/\s/.test(start.charAt(at))) at++;
    const end = start.startsWith('<?', at)
      ? start.indexOf('?>', at) + 2
      : start.startsWith('<!--', at)
        ? start.indexOf('-->', at) + 3
        : start.startsWith('<!DOCTYPE', at)
          ? doctypeEnd(start, at)
          : null;
    if (end === null) break;
    if (end <= at) return null;
    at = end;
  }
  const match = /^<([A-Za-z_][\w.:-]{0,255})/.exec(start.slice(at, at + 300));
  return match === null ? null : withoutPrefix(match[1]!);
}

/** Behind the declaration, whose brackets may hold further declarations; 0 where it does not end. */
function doctypeEnd(text: string, start: number): number {
  const bracket = text.indexOf('[', start);
  const end = text.indexOf('>', start);
  if (bracket === -1 || end < bracket) return end + 1;
  const closed = text.indexOf(']', bracket);
  return closed === -1 ? 0 : text.indexOf('>', closed) + 1;
}

/** @throws KirchhoffError `header-invalid` with the line where it is no well-formed XML, `file-too-large` */
export function parseXml(bytes: Uint8Array, fileName: string): XmlElement {
  if (bytes.length > LARGEST_FILE_BYTES) {
    throw new KirchhoffError('file-too-large', 'XML of more than 256 MB is not read.', fileName);
  }
  const parser = new SaxesParser({ xmlns: false });
  const at = () => `${fileName} line ${parser.line}`;
  const refuse = (message: string): never => {
    throw new KirchhoffError('header-invalid', message, at());
  };
  const open: XmlElement[] = [];
  const texts: string[][] = [];
  let root: XmlElement | null = null;
  let elements = 0;
  parser.on('error', (error) =>
    refuse(`This is no well-formed XML (${error.message.replace(/^\d+:\d+: /, '')})`),
  );
  parser.on('doctype', () => refuse('A document type declaration is not read.'));
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length >= MAXIMUM_DEPTH) refuse(`Elements lie more than ${MAXIMUM_DEPTH} deep.`);
    if (++elements > MAXIMUM_ELEMENTS) refuse(`There are more than ${MAXIMUM_ELEMENTS} elements.`);
    const element: XmlElement = {
      name: withoutPrefix(name),
      attributes: new Map(
        Object.entries(attributes).map(([key, value]) => [withoutPrefix(key), String(value)]),
      ),
      children: [],
      text: '',
      line: parser.line,
    };
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
    open.push(element);
    texts.push([]);
  });
  const text = (part: string) => {
    texts.at(-1)?.push(part);
  };
  parser.on('text', text);
  parser.on('cdata', text);
  parser.on('closetag', () => {
    open.pop()!.text = texts.pop()!.join('');
  });
  parser.write(decodedXml(bytes).replace(/^\uFEFF/, '')).close();
  if (root === null) throw new KirchhoffError('header-invalid', 'The file has no element.', fileName);
  return root;
}

export function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** The first element along a path of names, undefined where there is none. */
export function childAt(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (at, name) => at?.children.find((child) => child.name === name),
    element,
  );
}

/** Trimmed text of the element along a path, empty where there is none. */
export function textAt(element: XmlElement | undefined, ...path: string[]): string {
  return childAt(element, ...path)?.text.trim() ?? '';
}

/** Every element of this name below, in document order. */
export function descendants(element: XmlElement | undefined, name: string): XmlElement[] {
  const found: XmlElement[] = [];
  const visit = (each: XmlElement): void => {
    for (const child of each.children) {
      if (child.name === name) found.push(child);
      visit(child);
    }
  };
  if (element !== undefined) visit(element);
  return found;
}

/** @throws KirchhoffError `value-out-of-range` at the element unless the text is a finite number */
export function xmlNumber(text: string, what: string, element: XmlElement, fileName: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    throw new KirchhoffError(
      'value-out-of-range',
      `The ${what} is not a number.`,
      `${fileName} line ${element.line}`,
    );
  }
  return value;
}

/** @throws KirchhoffError `header-invalid` at the element unless its text is Base64 */
export function xmlBase64(element: XmlElement, fileName: string): Uint8Array {
  const text = element.text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) {
    throw new KirchhoffError(
      'header-invalid',
      'The samples are no Base64.',
      `${fileName} line ${element.line}`,
    );
  }
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
