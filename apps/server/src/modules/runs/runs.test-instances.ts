import type { DataPaths } from '../../lib/paths.ts'
import type { InstancesDeps } from '../instances/instances.usecases.ts'
import { quietRuntimes } from '../instances/runtimes.test-setup.ts'

/** What instances need in tests: no account, no limits, no secrets. */
export const testInstances = ({
  runner,
  monitor,
  paths,
}: Pick<InstancesDeps, 'runner' | 'monitor'> & { paths: DataPaths }): InstancesDeps => ({
  runner,
  monitor,
  settings: {
    paths,
    ...quietRuntimes(paths.root),
    stopGraceMs: 20_000,
    allowUrls: false,
    readable: [],
    platformUrl: 'http://127.0.0.1:9',
    mediaSocket: '/nonexistent/media.sock',
    ceilings: { most: {}, usual: {} },
    network: { ceiling: 'all', canBeCutOff: false },
  },
  accountOf: async () => null,
  environmentOf: async () => ({ folders: [], group: null }),
  ensureImage: async () => null,
  dependencies: { areLost: async () => false, ensure: async () => false },
  instanceSecretOf: async () => 'key',
  variablesOf: async () => ({}),
  issueToken: async () => 'token',
  maskOf: async () => (text) => text,
  inFlight: async () => 0,
  longestDrainMs: () => 60_000,
  disk: { fullOf: () => null },
})
