/**
 * Compiles every AssemblyScript file of `src/numeric/kernels/assembly` (not of its folder `shared`, which
 * they import) to WebAssembly and writes each as `src/numeric/kernels/<name>.generated.ts`, a module that
 * holds the bytes as base64, so that Node, Vite bundles and Electron load the same bytes the same way.
 * Runs on Node 20 and later, as npm's `prepare`. SIMD without relaxed instructions: those may round
 * differently from machine to machine.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const kernelsFolder = fileURLToPath(new URL('../src/numeric/kernels', import.meta.url));
const assemblyFolder = path.join(kernelsFolder, 'assembly');
const outputFolder = path.join(tmpdir(), `kirchhoff-kernels-${process.pid}`);
mkdirSync(outputFolder, { recursive: true });

const names = readdirSync(assemblyFolder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

try {
  for (const name of names) {
    const wasmFile = path.join(outputFolder, `${name}.wasm`);
    const { error, stderr } = await asc.main([
      path.join(assemblyFolder, `${name}.ts`),
      '--outFile',
      wasmFile,
      '-O3',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--use',
      'abort=',
    ]);
    if (error) {
      console.error(stderr.toString());
      console.error(`kernels: ${name}.ts does not compile: ${error.message}`);
      process.exitCode = 1;
      continue;
    }
    const wasm = readFileSync(wasmFile);
    writeFileSync(
      path.join(kernelsFolder, `${name}.generated.ts`),
      `// Compiled from assembly/${name}.ts by scripts/build-kernels.mjs.\nexport const wasmBase64: string =\n  '${wasm.toString('base64')}';\n`,
    );
    console.log(`kernels: ${name} ${wasm.length} B`);
  }
} finally {
  rmSync(outputFolder, { recursive: true, force: true });
}
