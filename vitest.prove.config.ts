import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/prove/**/*.test.ts'],
    globalSetup: ['./test/support/own-temporary.ts'],
    setupFiles: ['./test/support/fixed-seed.ts', './test/support/tell-runs.ts'],
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    pool: 'forks',
    maxWorkers: 2,
    reporters: ['default', './test/support/closing-line-reporter.ts'],
  },
});

export default config;
