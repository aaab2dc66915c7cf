import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../../../../../tests/support/free-ports.ts'
import { runCommand } from '../../lib/run-command.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openCache } from './bento.driver.ts'
import type { Cache } from './cache.ts'

const environment = {
  PATH: process.env.PATH ?? '',
  ...(process.env.LD_LIBRARY_PATH && { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH }),
}
const redisServer = (args: string[], signal?: AbortSignal) =>
  runCommand({ file: 'redis-server', args, cwd: tmpdir(), env: environment }, { signal })

const installed = (await redisServer(['--version'])).startError === null

const errors: Error[] = []
const openWith = (redisUrl: string | null) =>
  openCache({ redisUrl, onError: (error) => void errors.push(error) })

/** The contract for every driver. */
function cacheContract(open: () => Promise<Cache>): void {
  let cache: Cache
  beforeAll(async () => {
    cache = await open()
  })
  afterAll(() => cache.close())

  test('a value is made once and then kept', async () => {
    let made = 0
    const ask = () => cache.getOrSet('once', 60_000, async () => ({ made: ++made, text: '值' }))
    expect([await ask(), await ask()]).toEqual([
      { made: 1, text: '值' },
      { made: 1, text: '值' },
    ])
  })

  test('of many simultaneous callers, one makes the value', async () => {
    let made = 0
    const ask = () =>
      cache.getOrSet('together', 60_000, async () => {
        made += 1
        await new Promise((resolve) => setImmediate(resolve))
        return made
      })
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
  })

  test('null is a value', async () => {
    let made = 0
    const ask = () =>
      cache.getOrSet('nothing', 60_000, async () => {
        made += 1
        return null
      })
    expect([await ask(), await ask(), made]).toEqual([null, null, 1])
  })

  test('a deleted value is made again', async () => {
    await cache.getOrSet('gone', 60_000, async () => 'old')
    await cache.delete('gone')
    expect(await cache.getOrSet('gone', 60_000, async () => 'new')).toBe('new')
  })

  test('an expired value is made again', async () => {
    let made = 0
    const ask = () => cache.getOrSet('short', 50, async () => ++made)
    await ask()
    expect(await waitFor(async () => (await ask()) === 2, { timeoutMs: 30_000 })).toBe(true)
  })

  test('an error of the factory reaches the caller unchanged and is not kept', async () => {
    const failure = new Error('the source is away')
    const failing = cache.getOrSet('failing', 60_000, () => Promise.reject(failure))
    await expect(failing).rejects.toBe(failure)
    expect(await cache.getOrSet('failing', 60_000, async () => 'fine')).toBe('fine')
  })

  test('a value that was read before a deletion is not kept after it', async () => {
    await cache.getOrSet('raced', 60_000, async () => {
      await cache.delete('raced')
      return 'read before the change'
    })
    expect(await cache.getOrSet('raced', 60_000, async () => 'after')).toBe('after')
  })
}

describe('memory', () => cacheContract(() => openWith(null)))

test('a Redis that cannot be reached is an error that names REDIS_URL', async () => {
  const opening = openWith(`redis://127.0.0.1:${await freePorts(1)}`)
  await expect(opening).rejects.toMatchObject({
    code: 'cache.unreachable',
    message: expect.stringContaining('REDIS_URL'),
  })
})

describe.skipIf(!installed)(`Redis${installed ? '' : ' (skipped: redis-server is not installed)'}`, () => {
  const stop = new AbortController()
  const opened: Cache[] = []
  let folder: string
  let url: string
  let server: Promise<unknown>
  const open = async () => {
    const cache = await openWith(url)
    opened.push(cache)
    return cache
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vitrine-test-redis-'))
    const port = await freePorts(1)
    url = `redis://127.0.0.1:${port}`
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
    server = redisServer(settings, stop.signal)
    const answers = () =>
      openWith(url).then(
        (cache) => cache.close().then(() => true),
        () => false,
      )
    expect(await waitFor(answers, { timeoutMs: 30_000 })).toBe(true)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((cache) => cache.close()))
  })
  afterAll(async () => {
    stop.abort()
    await server
    await rm(folder, { recursive: true, force: true })
  })

  describe('the contract', () => cacheContract(() => openWith(url)))

  test('a key deleted in one process is deleted in the others too', async () => {
    const [one, other] = [await open(), await open()]
    const ask = (cache: Cache, value: string) => cache.getOrSet('shared', 60_000, async () => value)
    await ask(one, 'old')
    expect(await ask(other, 'unused')).toBe('old')
    await one.delete('shared')
    expect(await waitFor(async () => (await ask(other, 'new')) === 'new', { timeoutMs: 30_000 })).toBe(true)
  })

  test('when Redis is unreachable, values are made from the source, and deleted ones are gone', async () => {
    const cache = await openWith(url)
    const ask = (value: string) => cache.getOrSet('away', 60_000, async () => value)
    expect(await ask('first')).toBe('first')
    errors.length = 0
    stop.abort()
    await server
    await cache.delete('away')
    expect(await ask('second')).toBe('second')
    expect(await waitFor(() => errors.length > 0, { timeoutMs: 30_000 })).toBe(true)
    await cache.close()
  })
})
