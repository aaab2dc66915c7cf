import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { emptyStorageQuota } from '../../../../../tests/support/storage-quota.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { createTestDatabase } from '../../../../../tests/support/test-database.ts'
import { keyedQueue } from '../../lib/keyed-queue.ts'
import { isPublicAddress } from '../../lib/public-address.ts'
import { fetchModel, type FetchModelDeps } from './fetch-model.ts'
import { createModelStore } from './model-store.ts'
import { createModelsRepository } from './models.repository.ts'
import { publicReach, wholeReach } from './open-url.ts'

const content = randomBytes(300_000)
const sha256 = createHash('sha256').update(content).digest('hex')
const owner = testActor('user')
const limitBytes = 1_000_000

/** A server of model files, each of which fails in its own way. */
type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** The ranges that were asked for, in order. */
const asked: (string | undefined)[] = []
/** When that was, milliseconds. */
const askedAt: number[] = []
const offsetOf = ({ headers }: IncomingMessage) => Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)

/** Answers with the rest of the content, but breaks off after 100,000 bytes. */
const inParts: Answer = (request, response) => {
  const offset = offsetOf(request)
  const rest = content.subarray(offset)
  response.writeHead(offset > 0 ? 206 : 200, {
    'content-length': rest.length,
    etag: '"one"',
    ...(offset > 0 && { 'content-range': `bytes ${offset}-${content.length - 1}/${content.length}` }),
  })
  response.write(rest.subarray(0, 100_000), () => {
    if (rest.length <= 100_000) response.end()
    else response.destroy()
  })
}
let wholeAnswers = 0
let onHungUp: () => void
/** Resolves when the platform has closed the connection on which it was sent another range than it asked for. */
const hungUp = new Promise<void>((resolve) => (onHungUp = resolve))
const answers: Record<string, Answer> = {
  '/whole': (_request, response) => response.end(content),
  '/parts': inParts,
  /** Breaks off once and knows no ranges. */
  '/forgetful': (_request, response) => {
    wholeAnswers += 1
    response.writeHead(200, { 'content-length': content.length })
    if (wholeAnswers > 1) response.end(content)
    else response.write(content.subarray(0, 50_000), () => response.destroy())
  },
  /** Answers with another range than was asked for, and then waits. */
  '/other-range': (request, response) => {
    if (offsetOf(request) === 0) return inParts(request, response)
    response.once('close', onHungUp)
    response.writeHead(206, { 'content-range': `bytes 299999-299999/${content.length}` }).write('a')
  },
  '/other': (_request, response) => response.end('another file'),
  '/gone': (_request, response) => response.writeHead(404).end(),
  '/always-busy': (_request, response) => response.writeHead(429).end(),
  '/failing': (_request, response) => response.writeHead(500).end(),
  /** Is asked too often at first. */
  '/busy': (_request, response) => {
    if (asked.length === 1) response.writeHead(429).end()
    else response.end(content)
  },
  '/endless': (_request, response) => {
    const more = () => {
      while (response.write(content));
    }
    response.on('drain', more)
    more()
  },
  '/silent': (_request, response) => void response.writeHead(200).write('a'),
  /** One byte after another. */
  '/trickle': (_request, response) => {
    const timer = setInterval(() => response.write('a'), 20)
    response.once('close', () => clearInterval(timer))
  },
  '/elsewhere': (_request, response) => response.writeHead(302, { location: '/parts' }).end(),
  '/circle': (_request, response) => response.writeHead(302, { location: '/circle' }).end(),
  '/file': (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
}
const server = createServer((request, response) => {
  asked.push(request.headers.range)
  askedAt.push(performance.now())
  const answer = answers[request.url ?? '']
  if (answer) answer(request, response)
  else response.writeHead(404).end()
})

let folder: string
let database: Awaited<ReturnType<typeof createTestDatabase>>
let origin: string
let deps: FetchModelDeps
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-fetch-'))
  database = await createTestDatabase()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  deps = {
    models: createModelsRepository(database),
    store: createModelStore(folder),
    limitBytes: () => limitBytes,
    queue: keyedQueue(),
    storageQuota: emptyStorageQuota(),
    reach: wholeReach,
    fetchBounds: {
      longestMs: 60_000,
      // Only what is silent for ever may come to its end: a busy machine would add requests to those that are counted.
      idleMs: 60_000,
      attempts: 3,
      pauseMs: 20,
      slowest: { bytesPerS: 100, overMs: 60_000 },
    },
  }
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => void server.close(resolve))
  await database.close()
  await rm(folder, { recursive: true, force: true })
})

async function fetched(path: string, more: Partial<FetchModelDeps> = {}, size?: number) {
  asked.length = 0
  askedAt.length = 0
  const source = path.startsWith('/') ? origin + path : path
  await fetchModel(
    { ...deps, ...more },
    {
      owner,
      model: { path: 'model.bin', sha256, ...(size !== undefined && { size }) },
      from: source,
      signal: new AbortController().signal,
      report: async () => undefined,
    },
  )
}
const leftovers = async () => (await readdir(join(folder, 'arriving')).catch(() => [])).length

describe('a model file that a package names by a URL', () => {
  test.each(['/whole', '/elsewhere', '/parts'])('%s is fetched and kept as its owner’s', async (path) => {
    await fetched(path)
    expect(await deps.models.owned(owner.id, [sha256])).toMatchObject([
      { sha256, size: content.length, origin: 'url', name: 'model.bin' },
    ])
    expect(await leftovers()).toBe(0)
  })

  test('a download that breaks off goes on where it stopped', async () => {
    await fetched('/parts')
    const [first, ...later] = asked
    const offsets = later.map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]))
    // Of what was sent before it broke off, a part may be lost on the way.
    expect([first, offsets[0]]).toEqual([
      undefined,
      expect.toSatisfy((at: number) => at > 0 && at <= 100_000),
    ])
    expect(offsets.length).toBeGreaterThan(1)
    expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b))
  })

  test('a server without ranges sends all again, and what had come is skipped', async () => {
    await fetched('/forgetful')
    expect(asked).toHaveLength(2)
  })

  test('a server that sends another range than it is asked for is refused, and its connection is closed', async () => {
    const fetchBounds = { ...deps.fetchBounds, idleMs: 600_000 }
    await expect(fetched('/other-range', { fetchBounds })).rejects.toMatchObject({
      code: 'deploy.model_fetch_failed',
      details: { may_pass: false },
    })
    await hungUp
  })

  test('another file than the package names is refused, and nothing of it stays', async () => {
    await expect(fetched('/other')).rejects.toMatchObject({ code: 'model.digest_mismatch' })
    expect(await leftovers()).toBe(0)
  })

  test('a download without end is ended at the stated size, else at the limit', async () => {
    await expect(fetched('/endless', {}, content.length)).rejects.toMatchObject({
      code: 'model.too_large',
      details: { limit_bytes: content.length },
    })
    await expect(fetched('/endless')).rejects.toMatchObject({
      code: 'model.too_large',
      details: { limit_bytes: limitBytes },
    })
    expect(await leftovers()).toBe(0)
  })

  test('a server that falls silent is asked a few times, and then the reason is told', async () => {
    const fetchBounds = { ...deps.fetchBounds, idleMs: 500 }
    await expect(fetched('/silent', { fetchBounds })).rejects.toMatchObject({
      code: 'deploy.model_fetch_failed',
      details: {
        path: 'model.bin',
        host: new URL(origin).host,
        reason: expect.stringContaining('nothing arrived'),
        may_pass: true,
      },
    })
    expect(asked.length).toBeGreaterThanOrEqual(3)
  })

  test('a server that fails is asked again after a pause, and after a longer one', async () => {
    const fetchBounds = { ...deps.fetchBounds, pauseMs: 100 }
    await expect(fetched('/failing', { fetchBounds })).rejects.toMatchObject({
      code: 'deploy.model_fetch_failed',
    })
    const [first = 0, second = 0, third = 0] = askedAt
    expect(second - first).toBeGreaterThan(90)
    expect(third - second).toBeGreaterThan(190)
  })

  test('a download that is too slow is ended, also if a byte comes now and then', async () => {
    const slowest = { bytesPerS: 10_000, overMs: 300 }
    const fetchBounds = { ...deps.fetchBounds, slowest }
    await expect(fetched('/trickle', { fetchBounds })).rejects.toMatchObject({
      code: 'deploy.model_fetch_failed',
      details: { reason: 'less than 10 kB/s for 0.3 s' },
    })
    expect(asked).toHaveLength(1)
  })

  test('a server that is asked too often is asked again', async () => {
    await fetched('/busy')
    expect(asked).toHaveLength(2)
  })

  test.each([
    ['/gone', 'HTTP 404', 1, false],
    ['/always-busy', 'HTTP 429', 3, true],
    ['/failing', 'HTTP 500', 3, true],
    ['/circle', 'too many redirects', 5, false],
    ['/file', 'only http and https', 1, false],
  ])(
    '%s fails with “%s” after %i requests; it may pass later: %s',
    async (path, reason, requests, passes) => {
      await expect(fetched(path)).rejects.toMatchObject({
        code: 'deploy.model_fetch_failed',
        details: { reason, may_pass: passes },
      })
      expect(asked).toHaveLength(requests)
    },
  )

  test('the platform’s own machine is not asked, by whatever name, unless the administrator allows it', async () => {
    const { port } = new URL(origin)
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])
      await expect(fetched(`http://${host}:${port}/whole`, { reach: publicReach })).rejects.toMatchObject({
        code: 'deploy.model_fetch_failed',
        details: { reason: expect.stringContaining('is not a public address') },
      })
    expect(asked).toEqual([])
    await expect(fetched('/whole', { reach: null })).rejects.toMatchObject({
      details: { reason: 'VITRINE_MODEL_URLS=off', may_pass: true },
    })
    expect(asked).toEqual([])
  })
})

test.each([
  ['8.8.8.8', true],
  ['2606:4700:4700::1111', true],
  ['10.0.0.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['::', false],
  ['fd00::1', false],
  ['fe80::1', false],
  ['64:ff9b::7f00:1', false],
  ['::ffff:192.168.0.1', false],
])('%s is a public address: %s', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic)
})
