import type { StoredService } from './services.repository.ts'
import { usualOptions } from './usual-options.ts'
import { usualTimeoutS } from '@vitrine/contract'

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
  asleep: false,
  previewOf: null,
  previewBranch: null,
  limits: null,
  idleMinutes: null,
  unhealthyProbes: 6,
  groupId: null,
  frontPort: null,
  configRevision: 0,
  options: { ...usualOptions, timeoutS: usualTimeoutS, frontHost: '127.0.0.1', network: 'all' },
  createdAt: new Date(0),
  updatedAt: new Date(0),
  ...part,
})
