import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'packages/**/*.test.ts',
      'apps/**/*.test.ts',
      'runtimes/**/*.test.ts',
      'examples/**/*.test.ts',
      'scripts/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', 'data/**'],
    globalSetup: ['tests/support/postgres.global.ts'],
    // The scripts speak the language of the terminal; tests read the English.
    env: { LC_ALL: 'C.UTF-8' },
    pool: 'forks',
    // Tests wait as much as they work: three keep two cores busy.
    maxWorkers: 3,
    // What is waited for without a promise of a time may take what a busy machine needs.
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
