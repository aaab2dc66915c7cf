import { expect, test } from 'vitest'
import type { MoveEnd, MoveImage } from '../../adapters/docker/image-daemon.ts'
import type { Words } from '../../lib/words.ts'
import { fetchLostImage, type ImageRegistry } from './image-registry.ts'

const lost = { id: 'sha256:lost', command: ['/bin/true'], folder: '/', isOwn: true }
const login = { username: 'pusher', password: 'planted-password' }

/** Fetches an image that a daemon has lost, and returns what the daemon was given for it and what was told. */
async function fetched(published: string, registry: ImageRegistry | null, end?: MoveEnd) {
  const pulls: Pick<MoveImage, 'name' | 'login' | 'timeoutMs'>[] = []
  const told: string[] = []
  const why = await fetchLostImage(
    {
      daemon: {
        publish: async () => ({ moved: false, why: 'failed', said: 'not asked for' }),
        pull: async ({ name, login: given, timeoutMs }) => {
          pulls.push({ name, login: given, timeoutMs })
          return end ?? { moved: true, digest: null }
        },
        has: async () => false,
      },
      platform: 'tests',
      registry: async () => registry,
      timeoutMs: 7_200_000,
      pullTimeoutMs: 60_000,
    },
    { ...lost, published },
    { signal: new AbortController().signal, report: async ({ en }: Words) => void told.push(en) },
  )
  return { why, pulls, told }
}

test('an image is pulled with the sign-in of the registry that has it, within the time of a start', async () => {
  const published = 'registry.example:5000/team/x@sha256:1'
  const { why, pulls } = await fetched(published, { place: 'registry.example:5000/others', login })
  expect(why).toBeNull()
  expect(pulls).toEqual([{ name: published, login, timeoutMs: 60_000 }])
})

test.each([
  ['before', { place: 'new.example/team', login }],
  ['before there was none', null],
  ['at another port', { place: 'old.example:5000/team', login }],
])('a registry that was set %s does not get the password of today', async (_when, registry) => {
  const { pulls } = await fetched('old.example/team/x@sha256:1', registry)
  expect(pulls.map((pull) => pull.login)).toEqual([null])
})

test('whoever waits is told of the pull, and when it has ended', async () => {
  const published = 'registry.example/team/x@sha256:1'
  const { told } = await fetched(published, null)
  expect(told).toEqual([`pulling the image from ${published}`, `pulled the image from ${published}`])
})

test('a pull that took too long says so', async () => {
  const { why } = await fetched('registry.example/x@sha256:1', null, {
    moved: false,
    why: 'timeout',
    said: '',
  })
  expect(why?.en).toContain('It did not end in time')
})
