import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/prove/**'],
    globalSetup: ['./test/support/own-temporary.ts'],
    setupFiles: ['./test/support/fixed-seed.ts', './test/support/tell-runs.ts'],
    // Against what hangs: on a busy machine a test may take ten times as long as at rest.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
  },
});

export default config;
