import type { MappedApi, StageExample } from '@vitrine/contract'
import { completeManifest, usualConfig } from '../releases/releases.test-world.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { platformActor } from '../../lib/actor.ts'
import { storedService } from '../services/stored-service.test-setup.ts'

/** A service of the platform's own. */
export const service = storedService({ ownerId: platformActor.id, ownerName: platformActor.name })
/** An operation that stands for `predict`. */
export const mapping: MappedApi = {
  operation: {
    method: 'POST',
    path: '/x',
    body: 'json',
    fields: [{ name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } }],
    answer: { kind: 'json', path: [] },
  },
  input: {},
  parameters: {},
  output: {},
}
/** Demo inputs of a package. */
export const examples: StageExample[] = [
  { name: 'one', input_data: ['x'], parameters: {}, preview_asset_id: null },
]

/** The release that serves, of a package with its own server. */
export const serving: StoredRelease = {
  id: 'r1',
  serviceId: 'demo',
  number: 1,
  commit: 'commit-1',
  manifest: completeManifest({ form: 'asgi-app' }),
  environmentHash: null,
  environmentSha256: null,
  image: null,
  healthPath: null,
  appFacts: null,
  api: null,
  examples,
  coverAssetId: null,
  config: usualConfig,
  serviceChange: {},
  failure: null,
  instancesMade: 1,
  status: 'active',
  createdBy: 'someone',
  createdAt: new Date(0),
}
