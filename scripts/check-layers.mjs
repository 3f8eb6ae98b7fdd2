/**
 * Holds src/, main/ and renderer/ to the layers: imports by dependency-cruiser, and use of globals that would
 * get round them (Node's, the page's, a network) by a walk through the syntax tree.
 *
 *   node scripts/check-layers.mjs [folder]     the checkout by default
 *
 * Exit code 1 where a rule is broken, one line each; 2 where nothing was checked.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseSync } from '@swc/core';
import { cruise } from 'dependency-cruiser';
import { FORBIDDEN, IMPURE_GLOBALS, NETWORK_GLOBALS, PURE_LAYERS } from './layer-rules.mjs';

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const PARTS = ['src', 'main', 'renderer'];

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'assembly' ? [] : sourceFiles(path);
    return /\.tsx?$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

async function importViolations(parts) {
  const { output } = await cruise(
    parts,
    {
      baseDir: root,
      ruleSet: { forbidden: FORBIDDEN },
      validate: true,
      parser: 'swc',
      doNotFollow: { path: 'node_modules' },
      exclude: { path: '/assembly/' },
      enhancedResolveOptions: {
        extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
        exportsFields: ['exports'],
        conditionNames: ['import', 'node', 'default'],
      },
    },
    { extensions: ['.ts', '.tsx'] },
  );
  const ownModules = output.modules.filter(({ source }) => /^(src|main|renderer)\//.test(source));
  return {
    modules: ownModules.length,
    lines: output.summary.violations.map(({ from, to, rule }) => `${from}: imports ${to} (${rule.name})`),
  };
}

/** Names bound anywhere in a syntax tree: a parameter called `window` is not the page's window. */
function boundNames(node, names = new Set()) {
  if (Array.isArray(node)) {
    for (const item of node) boundNames(item, names);
    return names;
  }
  if (node === null || typeof node !== 'object') return names;
  const bind = (pattern) => {
    if (!pattern || typeof pattern !== 'object') return;
    if (Array.isArray(pattern)) pattern.forEach(bind);
    else if (pattern.type === 'Identifier') names.add(pattern.value);
    else if (pattern.type === 'ObjectPattern') {
      for (const property of pattern.properties) bind(property.value ?? property.key ?? property.argument);
    } else if (pattern.type === 'ArrayPattern') pattern.elements.forEach(bind);
    else if (pattern.type === 'AssignmentPattern') bind(pattern.left);
    else if (pattern.type === 'AssignmentPatternProperty') bind(pattern.key);
    else if (pattern.type === 'RestElement') bind(pattern.argument);
    else if (pattern.pat) bind(pattern.pat);
  };
  if (node.type === 'VariableDeclarator') bind(node.id);
  else if (/^(Function|ArrowFunction|ClassMethod|PrivateMethod|Constructor)/.test(node.type)) {
    bind(node.identifier);
    bind(node.params ?? node.function?.params);
  } else if (node.type === 'MethodProperty') bind(node.params);
  else if (node.type === 'ClassDeclaration') bind(node.identifier);
  else if (node.type === 'CatchClause') bind(node.param);
  else if (/^Import(Default|Namespace)?Specifier$/.test(node.type)) bind(node.local);
  for (const [key, value] of Object.entries(node)) if (key !== 'span') boundNames(value, names);
  return names;
}

/** Calls `found` with each name that is read, and the variable it is read from: itself, or `globalThis` and the like. */
function visitReferences(node, found) {
  if (Array.isArray(node)) {
    for (const item of node) visitReferences(item, found);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  if (/^Ts(Interface|TypeAlias|TypeAnnotation|TypeParameter)/.test(node.type)) return;
  if (node.type === 'MemberExpression') {
    visitReferences(node.object, found);
    if (node.property.type === 'Computed') {
      visitReferences(node.property.expression, found);
    } else if (/^(globalThis|window|self|navigator)$/.test(node.object.value ?? '')) {
      found(node.property.value, node.object.value);
    }
    return;
  }
  if (node.type === 'ImportDeclaration') {
    if (node.source.value === 'electron') {
      for (const { imported, local } of node.specifiers)
        found(`electron.${(imported ?? local).value}`, 'electron');
    }
    return;
  }
  if (node.type === 'Identifier') {
    found(node.value, node.value);
    return;
  }
  for (const [key, value] of Object.entries(node)) {
    const isName = (key === 'key' || key === 'label') && value?.type === 'Identifier';
    if (key !== 'span' && key !== 'typeAnnotation' && key !== 'typeParams' && !isName)
      visitReferences(value, found);
  }
}

function globalViolations(file) {
  const path = relative(root, file);
  const tree = parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', tsx: file.endsWith('x') });
  const bound = boundNames(tree.body);
  const pure = PURE_LAYERS.some((layer) => path.startsWith(`src/${layer}/`));
  const refused = new Set([...NETWORK_GLOBALS, 'electron.net', ...(pure ? IMPURE_GLOBALS : [])]);
  const lines = new Set();
  visitReferences(tree.body, (name, from) => {
    if (refused.has(name) && !bound.has(from)) {
      lines.add(`${path}: uses ${name} (${IMPURE_GLOBALS.includes(name) ? 'pure' : 'no-network'})`);
    }
  });
  return [...lines];
}

const present = readdirSync(root);
const parts = PARTS.filter((part) => present.includes(part));
const { modules, lines } = await importViolations(parts);
const files = parts.flatMap((part) => sourceFiles(join(root, part)));
// Without a parser for TypeScript dependency-cruiser finds nothing and calls that a pass.
if (modules === 0 || modules < files.length) {
  console.error(
    `layers: ${modules} modules were seen of ${files.length} source files: the check does not work.`,
  );
  process.exit(2);
}
const violations = [...lines, ...files.flatMap(globalViolations)];
for (const line of violations) console.error(line);
console.log(`layers: ${modules} modules, ${violations.length} violations`);
process.exit(violations.length === 0 ? 0 : 1);
