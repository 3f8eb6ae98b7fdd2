/** The layers of src/, from the bottom up, and what each may import. docs/architecture.md tells why. */

/** A layer imports only from rows below its own; layers of one row do not see each other. */
const ROWS = [
  ['contract'],
  ['numeric'],
  ['imc', 'ecg', 'imaging'],
  ['bayes'],
  ['diagnosis'],
  ['records', 'report', 'portability'],
  ['service'],
  ['cli'],
];

/** Bytes in, values out: no Node, no Electron, no DOM. */
export const PURE_LAYERS = ['contract', 'numeric', 'imc', 'ecg', 'imaging', 'bayes', 'diagnosis'];

/** Modules through which a program reaches a network. */
export const NETWORK_MODULES = [
  'http',
  'https',
  'http2',
  'net',
  'tls',
  'dgram',
  'dns',
  'dns/promises',
  'inspector',
];

/** Globals of Node and of the page that pure code does without. */
export const IMPURE_GLOBALS = [
  'process',
  'Buffer',
  'window',
  'document',
  'navigator',
  'require',
  '__dirname',
];

/** Globals through which a program reaches a network. */
export const NETWORK_GLOBALS = [
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'WebSocketStream',
  'WebTransport',
  'EventSource',
  'RTCPeerConnection',
  'sendBeacon',
];

const TESTS = '\\.test\\.tsx?$';
const oneOf = (names) => `^src/(${names.join('|')})/`;

const layerRules = ROWS.flatMap((row, index) =>
  row.map((layer) => ({
    name: `layer-${layer}`,
    severity: 'error',
    from: { path: oneOf([layer]), pathNot: TESTS },
    to: {
      path: '^(src|main|renderer|test|scripts)/',
      pathNot: oneOf([layer, ...ROWS.slice(0, index).flat()]),
    },
  })),
);

/** Packages that compute and nothing else: bytes in, values out, as the layers that may use them. */
const PURE_PACKAGES = [
  'zod',
  'dicom-parser',
  '@cornerstonejs/codec-[a-z0-9-]+',
  'fflate',
  'fast-png',
  'saxes',
].map((name) => `(^|/)node_modules/${name}/`);

const networkModules = `^(node:)?(${NETWORK_MODULES.join('|')})$`;

/** Rules in dependency-cruiser's own form. */
export const FORBIDDEN = [
  ...layerRules,
  {
    name: 'layer-training',
    severity: 'error',
    from: { path: oneOf(['training']), pathNot: TESTS },
    to: { path: '^(src|main|renderer)/', pathNot: oneOf(['training', ...ROWS.slice(0, -2).flat()]) },
  },
  {
    name: 'layer-main',
    severity: 'error',
    from: { path: '^main/', pathNot: TESTS },
    to: {
      path: '^(src|renderer|test|scripts)/',
      pathNot: ['^src/contract/', '^src/service/transport\\.ts$'],
    },
  },
  {
    name: 'layer-renderer',
    severity: 'error',
    from: { path: '^renderer/', pathNot: TESTS },
    // One way to turn stored values into shades, and to measure between a reader's limits, on the screen as in a file.
    to: {
      path: '^(src|main|test|scripts)/',
      pathNot: ['^src/contract/', '^src/imaging/display\\.ts$', '^src/ecg/wave-limits\\.ts$'],
    },
  },
  {
    name: 'renderer-has-no-node',
    severity: 'error',
    from: { path: '^renderer/', pathNot: TESTS },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'renderer-has-no-electron',
    severity: 'error',
    from: { path: '^(renderer|src)/', pathNot: TESTS },
    to: { path: '(^|/)electron(/|$)' },
  },
  {
    name: 'pure-has-no-node',
    severity: 'error',
    from: { path: oneOf(PURE_LAYERS), pathNot: TESTS },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'pure-has-no-packages',
    severity: 'error',
    from: { path: oneOf(PURE_LAYERS), pathNot: TESTS },
    to: {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      pathNot: PURE_PACKAGES,
    },
  },
  {
    name: 'no-network-module',
    severity: 'error',
    from: { path: '^(src|main|renderer)/', pathNot: TESTS },
    to: { path: networkModules, dependencyTypes: ['core'] },
  },
  {
    name: 'no-cycle',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'resolvable',
    severity: 'error',
    from: { pathNot: TESTS },
    // Vite resolves names with a query (fonts, wasm); what is left must exist.
    to: { couldNotResolve: true, pathNot: ['\\?', '\\.(css|woff2?|svg|png)$'] },
  },
];
