import { usualConfig } from '../releases/releases.test-world.ts'
import type { StoredService } from '../services/services.repository.ts'

const { frontHost, auth, timeoutS, rateLimit, bodyMb, keepsBodies, network } = usualConfig
const options = { frontHost, auth, timeoutS, rateLimit, bodyMb, keepsBodies, network }

/** A service that serves at port 8001, on this address. */
export const serviceAt = (host: string): StoredService => ({
  id: 'own-server',
  account: null,
  name: 'Own',
  translations: {},
  algorithmId: 'own-server',
  desired: 'running',
  asleep: false,
  previewOf: null,
  previewBranch: null,
  mode: 'local',
  options: { ...options, frontHost: host },
  ownerId: 'maker',
  ownerName: 'maker',
  frontPort: 8001,
  currentRelease: 1,
  replicas: 1,
  scaling: null,
  limits: null,
  configRevision: 0,
  groupId: null,
  idleMinutes: null,
  unhealthyProbes: null,
  createdAt: new Date(0),
  updatedAt: new Date(0),
})
