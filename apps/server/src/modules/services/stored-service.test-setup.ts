import { usualTimeoutS } from '@vitrine/contract'
import type { StoredService } from './services.repository.ts'
import type { ServiceOptions } from './services.tables.ts'
import { usualOptions } from './usual-options.ts'

/** The options of a service on a platform without settings of its own. */
export const testOptions: ServiceOptions = {
  ...usualOptions,
  rateLimit: null,
  timeoutS: usualTimeoutS,
  frontHost: '127.0.0.1',
  network: 'all',
}

/** The row of the running service `demo`. `part` is what differs. */
export const storedService = (part: Partial<StoredService> = {}): StoredService => ({
  id: 'demo',
  name: 'Demo',
  translations: {},
  account: null,
  algorithmId: 'demo',
  ownerId: 'u1',
  ownerName: 'someone',
  desired: 'running',
  currentRelease: 1,
  mode: 'local',
  replicas: 1,
  scaling: null,
  asleep: false,
  previewOf: null,
  previewBranch: null,
  limits: null,
  idleMinutes: null,
  unhealthyProbes: 6,
  groupId: null,
  frontPort: null,
  configRevision: 0,
  options: testOptions,
  createdAt: new Date(0),
  updatedAt: new Date(0),
  ...part,
})
