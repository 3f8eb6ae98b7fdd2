import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'main/**/*.test.ts',
      'renderer/**/*.test.{ts,tsx}',
      'test/bench/**/*.test.ts',
      'test/conformance/**/*.test.ts',
    ],
    testTimeout: 120_000,
    // Two cores: more workers than that only make each other slower.
    maxWorkers: 2,
  },
});
