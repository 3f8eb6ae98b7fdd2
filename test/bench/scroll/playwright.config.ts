/** The scroll bench runs in the real app as the end-to-end tests do, but not with them. */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: import.meta.dirname,
  testMatch: 'scroll-day.spec.ts',
  outputDir: '../../../test-results/scroll',
  workers: 1,
  timeout: 3_600_000,
  reporter: 'line',
});
