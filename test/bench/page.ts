/** `docs/benchmarks.md` from the figures of one run. */
import type { Machine } from './machine.ts';
import type { Row } from './row.ts';

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench -- --write\`; the figures with every contender's own rate are in [benchmarks.json](benchmarks.json).

All contenders of a row are measured in turn in one process, best of fifteen rounds of 12 ms after a warm-up. Peers are onnxruntime-web and onnxruntime-node 1.30.0 on one thread each, f32, all graph optimisations on, constant weights packed beforehand, inputs and outputs allocated beforehand. The machine's own dot-and-add rate is that of the fastest of three loops of int16 dot products into 8 to 10 independent int32 sums with operands in first-level cache; a kernel above it would only show that the loop was too slow. Shipped networks run as an ideal array with converters; the peers run the same network from its ONNX export, without converters.`;

export function benchmarkPage({
  machine,
  seconds,
  rows,
}: {
  machine: Machine;
  seconds: number;
  rows: Row[];
}): string {
  const lines = rows.map(({ name, value, unit, target, holds }) => {
    const held = holds === null ? '' : holds ? 'yes' : '**no**';
    const against = target === null ? '' : `${target.bound} ${Number(target.value.toPrecision(4))}`;
    return `| ${name} | ${`${value} ${unit}`.trim()} | ${against} | ${held} |`;
  });
  return `${INTRODUCTION}

Machine: ${machine.processor}, ${machine.cores} cores (${machine.vectorExtensions.join(', ')}), ${machine.memoryGigabytes} GB, ${machine.system}, Node ${machine.node}; commit ${machine.commit}; load average at the start ${machine.loadAtStart.toFixed(2)}; ${seconds} s in all.

| | | target | holds |
|---|---|---|---|
${lines.join('\n')}
`;
}
