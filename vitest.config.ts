import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { patienceMs } from './tests/support/patience.ts'
import { SlowFirst } from './tests/support/slow-first.ts'

const folders = ['packages', 'apps', 'runtimes', 'examples', 'scripts', 'tests']
const tests = folders.map((folder) => `${folder}/**/*.test.ts`)
/** They measure time, and what else runs would be measured with it. */
const timedTests = folders.map((folder) => `${folder}/**/*.timed.test.ts`)
/** They start containers. Docker changes the machine's network for each, and a browser then breaks off what it loads. */
const dockerTests = folders.map((folder) => `${folder}/**/*.docker.test.ts`)
/** They need a cluster, which takes minutes to build, so they are not part of a usual run: `npm run test:kubernetes`. */
const kubernetesTests = folders.map((folder) => `${folder}/**/*.kubernetes.test.ts`)
const never = ['**/node_modules/**', '**/dist/**', 'data/**']

/**
 * Tests that change nothing in their process but what they put back: one process runs them after each other, and loads
 * what they import once.
 */
const sharing = [
  '{packages,apps/gateway,apps/web,runtimes,examples,tests}/**/*.test.ts',
  'apps/server/src/{adapters,http,lifecycle}/**/*.test.ts',
  'apps/server/src/lib/{,procfs/}*.test.ts',
  'apps/server/src/modules/!(environments|host)/**/*.test.ts',
  'scripts/lib/*.test.ts',
]

const shared = {
  // The scripts speak the language of the terminal; tests read the English.
  env: { LC_ALL: 'C.UTF-8' },
  pool: 'forks',
  setupFiles: 'tests/support/give-back-ports.setup.ts',
  // What is waited for without a promise of a time may take what a busy machine needs. To ask a platform takes the processor
  // about ten milliseconds.
  expect: { poll: { timeout: patienceMs, interval: 100 } },
  testTimeout: 120_000,
  hookTimeout: 180_000,
} as const
/**
 * They run at once. A test waits about three times as long as it works: for starts, checks of health, restarts after a pause.
 * Three of them keep a core busy; with four, what a test waits for took so long that one failed.
 */
const sideBySide = {
  ...shared,
  env: { ...shared.env, PAGES_COMPILE: 'rarely' },
  maxWorkers: Math.min(16, 3 * availableParallelism()),
  sequence: { groupOrder: 0 },
} as const

const projects: TestProjectConfiguration[] = [
  {
    test: {
      ...sideBySide,
      name: 'in own processes',
      include: tests,
      exclude: [...never, ...timedTests, ...dockerTests, ...kubernetesTests, ...sharing],
    },
  },
  {
    test: {
      ...sideBySide,
      name: 'in shared processes',
      include: sharing,
      exclude: [...never, ...timedTests, ...dockerTests, ...kubernetesTests],
      isolate: false,
    },
  },
  {
    test: {
      ...shared,
      name: 'one by one',
      include: timedTests,
      exclude: never,
      maxWorkers: 1,
      // One process runs them all, and loads what they import once: nothing else runs meanwhile, and a core waits.
      isolate: false,
      sequence: { groupOrder: 1 },
    },
  },
  {
    test: {
      ...shared,
      name: 'with Docker',
      include: dockerTests,
      exclude: never,
      maxWorkers: 2,
      isolate: false,
      sequence: { groupOrder: 2 },
    },
  },
  ...(process.env.TESTS_OF_KUBERNETES === 'yes'
    ? [
        {
          test: {
            ...shared,
            name: 'with Kubernetes',
            include: kubernetesTests,
            exclude: never,
            maxWorkers: 1,
            isolate: false,
            sequence: { groupOrder: 3 },
          },
        },
      ]
    : []),
]

export default defineConfig({
  test: {
    globalSetup: [
      'tests/support/postgres.global.ts',
      'tests/support/sandbox-folder.global.ts',
      'tests/support/docker.global.ts',
    ],
    sequence: { sequencer: SlowFirst },
    projects,
  },
})
