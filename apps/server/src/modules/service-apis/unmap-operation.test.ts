import type { Manifest } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { platformActor } from '../../lib/actor.ts'
import type { StoredRelease } from '../releases/releases.repository.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { examples, mapping, service, serving } from './service-apis.test-world.ts'
import { unmapOperation } from './service-apis.usecases.ts'

const stored = { ...mapping, examples: [] }

/** Removes the mapping of a release, which may serve no more by then. Resolves with the release as it is stored afterwards. */
async function unmapped(
  form: Manifest['form'],
  api: StoredRelease['api'],
  serves = true,
): Promise<StoredRelease> {
  let release: StoredRelease = { ...serving, manifest: completeManifest({ form }), api }
  const deps = {
    services: { get: async () => service },
    releases: {
      active: async () => new Map([['demo', release]]),
      mapServing: async (_id: string, _number: number, next: StoredRelease['api']) => {
        if (serves) release = { ...release, api: next }
        return serves
      },
    },
  }
  await unmapOperation(deps, { actor: platformActor, id: 'demo' })
  return release
}

test('a mapping goes, and the demo inputs of the package stay', async () => {
  expect(await unmapped('asgi-app', stored)).toMatchObject({ api: null, examples })
})

test('if another release serves by now, the caller is told so', async () => {
  await expect(unmapped('asgi-app', stored, false)).rejects.toMatchObject({
    code: 'service_api.release_changed',
  })
})

test('without a mapping, the demo inputs of the package stay', async () => {
  expect(await unmapped('asgi-app', null)).toMatchObject({ api: null, examples })
})

test('a package that the platform’s runtime serves has no mapping to remove', async () => {
  await expect(unmapped('single-file', null)).rejects.toMatchObject({ code: 'service_api.own_runtime' })
})
