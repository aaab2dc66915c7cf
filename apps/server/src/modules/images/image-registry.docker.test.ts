import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePorts } from '../../../../../tests/support/free-ports.ts'
import {
  missingForRegistry,
  registryLogin,
  startRegistry,
  type TestRegistry,
} from '../../../../../tests/support/image-registry.ts'
import { sharedDocker, skipDocker } from '../../../../../tests/support/shared-docker.ts'
import { dockerImages } from '../../adapters/docker/docker-images.ts'
import type { Words } from '../../lib/words.ts'
import { fetchLostImage, publishImage, type ImageRegistry, type RegistryDeps } from './image-registry.ts'
import type { StoredImage } from './stored-image.ts'

const longest = 120_000
const skipped = skipDocker ?? missingForRegistry()
const title = `a registry of images${skipped === null ? '' : ` (skipped: ${skipped})`}`

describe.skipIf(skipped !== null)(title, () => {
  if (!sharedDocker) return
  const { docker, image: base } = sharedDocker
  let registry: TestRegistry
  let made: StoredImage
  const told: string[] = []

  beforeAll(async () => {
    registry = await startRegistry()
  }, longest)
  afterAll(() => registry?.end(), longest)

  /** Makes an image of its own from the base. */
  beforeEach(async () => {
    const container = await docker.createContainer({ Image: base, Cmd: ['/bin/true'] })
    const repo = 'vitrine-tests-published'
    const { Id } = await container.commit({ repo, changes: `LABEL made=${crypto.randomUUID()}` })
    await container.remove()
    made = { id: Id, command: ['/bin/true'], folder: '/', isOwn: true }
    told.length = 0
    return async () => {
      if (await daemon.has(Id)) await daemon.remove(Id)
    }
  }, longest)

  const daemon = dockerImages(async () => docker)
  const of = { serviceId: 'published', release: 3 }
  const deps = (place: ImageRegistry | null): RegistryDeps => ({
    daemon,
    platform: 'tests',
    registry: async () => place,
    timeoutMs: longest,
    pullTimeoutMs: longest,
  })
  const here = (login: ImageRegistry['login'] = registryLogin): ImageRegistry => ({
    place: `${registry.address}/team`,
    login,
  })
  const signal = new AbortController().signal
  const waiter = { signal, report: async ({ en }: Words) => void told.push(en) }
  const publish = (place: ImageRegistry | null) =>
    publishImage(deps(place), of, made, {
      signal,
      log: (line) => void told.push(line),
      report: async ({ en }) => void told.push(en),
    })

  test('without a registry, an image stays on its daemon', async () => {
    expect(await publish(null)).toBe(made)
    expect(told).toEqual([])
  })

  test(
    'an image is sent to the registry, and fetched again with the same id after its daemon has lost it',
    async () => {
      const { published } = await publish(here())
      expect(published).toMatch(/^127\.0\.0\.1:\d+\/team\/vitrine-tests\/published@sha256:[0-9a-f]{64}$/)
      expect(told[0]).toBe(`pushing to ${registry.address}/team/vitrine-tests/published:3`)
      await daemon.remove(made.id)
      expect(await daemon.has(made.id)).toBe(false)
      expect(await fetchLostImage(deps(here()), { ...made, published: published ?? '' }, waiter)).toBeNull()
      expect(await daemon.has(made.id)).toBe(true)
      expect(told.slice(-2)).toEqual([
        `pulling the image from ${published}`,
        `pulled the image from ${published}`,
      ])
    },
    longest,
  )

  test('an image that is there is not fetched, and one that was never published is left to Docker to tell', async () => {
    const elsewhere = { ...made, published: '127.0.0.1:1/team/none@sha256:0' }
    expect(await fetchLostImage(deps(here()), elsewhere, waiter)).toBeNull()
    await daemon.remove(made.id)
    expect(await fetchLostImage(deps(here()), made, waiter)).toBeNull()
    expect(await daemon.has(made.id)).toBe(false)
  })

  test('a registry that does not accept who signs in is told, with the keys to set, and never with the password', async () => {
    const refused = { code: 'deploy.image_not_published', details: { may_pass: false } }
    const wrong = await publish(here({ ...registryLogin, password: 'not-this-one' })).catch(
      (error: unknown) => error,
    )
    expect(wrong).toMatchObject(refused)
    expect(String(wrong)).toContain('pusher')
    expect(JSON.stringify([wrong, told])).not.toContain('not-this-one')
    const nobody = await publish(here(null)).catch((error: unknown) => error)
    expect(nobody).toMatchObject(refused)
    expect(String(nobody)).toContain('containers.registry_user')
  })

  test('a registry that is away is told with its address, and may answer at the next try', async () => {
    const address = `127.0.0.1:${await freePorts(1)}`
    const away = await publish({ place: address, login: null }).catch((error: unknown) => error)
    expect(away).toMatchObject({ code: 'deploy.image_not_published', details: { may_pass: true } })
    expect(String(away)).toContain(address)
    await daemon.remove(made.id)
    const lost = { ...made, published: `${address}/x@sha256:${'0'.repeat(64)}` }
    const why = await fetchLostImage(deps({ place: address, login: null }), lost, waiter)
    expect(why?.en).toContain('it could not be pulled from')
  })

  test('a push that is cancelled ends at once', async () => {
    const stop = new AbortController()
    const cancelled = {
      signal: stop.signal,
      log: () => stop.abort(new Error('cancelled')),
      report: async () => undefined,
    }
    await expect(publishImage(deps(here()), of, made, cancelled)).rejects.toThrow('cancelled')
  })
})
