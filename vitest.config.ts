import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { SlowFirst } from './tests/support/slow-first.ts'

const folders = ['packages', 'apps', 'runtimes', 'examples', 'scripts', 'tests']
const tests = folders.map((folder) => `${folder}/**/*.test.ts`)
/** They measure time, and what else runs would be measured with it. */
const timedTests = folders.map((folder) => `${folder}/**/*.timed.test.ts`)
const never = ['**/node_modules/**', '**/dist/**', 'data/**']

const shared = {
  // The scripts speak the language of the terminal; tests read the English.
  env: { LC_ALL: 'C.UTF-8' },
  pool: 'forks',
  // What is waited for without a promise of a time may take what a busy machine needs.
  expect: { poll: { timeout: 30_000 } },
  testTimeout: 120_000,
  hookTimeout: 180_000,
} as const

const projects: TestProjectConfiguration[] = [
  {
    test: {
      ...shared,
      name: 'side by side',
      include: tests,
      exclude: [...never, ...timedTests],
      // Tests wait as much as they work: three keep two cores busy.
      maxWorkers: 3,
      sequence: { groupOrder: 0 },
    },
  },
  {
    test: {
      ...shared,
      name: 'one by one',
      include: timedTests,
      exclude: never,
      maxWorkers: 1,
      sequence: { groupOrder: 1 },
    },
  },
]

export default defineConfig({
  test: {
    globalSetup: ['tests/support/postgres.global.ts'],
    sequence: { sequencer: SlowFirst },
    projects,
  },
})
