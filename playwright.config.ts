/** End-to-end tests in the real Electron; `npm run test:e2e` prepares and runs them under a virtual display. */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'test/e2e',
  timeout: 120_000,
  expect: { timeout: 10_000 },
  // Each test starts an app of its own with a pool of worker threads: two at once would only wait for each other.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  reporter: [['list'], ['json']],
  outputDir: 'test-results',
});
