import { once } from 'node:events'
import { connect as connectTo, createServer, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { freePorts } from '../../../../../tests/support/free-ports.ts'
import { redisIsInstalled as installed, startRedis } from '../../../../../tests/support/redis-server.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openCache } from './bento.driver.ts'
import type { Cache } from './cache.ts'

const errors: Error[] = []
const openWith = (redisUrl: string | null) =>
  openCache({ redisUrl, onError: (error) => void errors.push(error) })

/** A connection to Redis that can be closed and opened while Redis itself keeps running. */
async function roadTo(redisUrl: string) {
  const port = await freePorts(1)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const target = connectTo(Number(new URL(redisUrl).port), '127.0.0.1')
    for (const socket of [client, target]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => [client, target].forEach((each) => each.destroy()))
    }
    client.pipe(target).pipe(client)
  })
  return {
    url: `redis://127.0.0.1:${port}`,
    open: () => new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve)),
    async close() {
      const closed = server.listening ? once(server.close(), 'close') : null
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

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
    expect(await waitFor(async () => (await ask()) === 2, { timeoutMs: patienceMs })).toBe(true)
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

describe.skipIf(!installed)(`Redis${installed ? '' : ' (skipped: redis-server is not installed)'}`, () => {
  const opened: Cache[] = []
  let url: string
  let server: ReturnType<typeof startRedis>
  const open = async () => {
    const cache = await openWith(url)
    opened.push(cache)
    return cache
  }

  beforeAll(async () => {
    server = startRedis(await freePorts(1))
    url = server.url
    const answers = async () => {
      const cache = await openWith(url)
      const state = cache.redis()
      await cache.close()
      return state === 'connected'
    }
    expect(await waitFor(answers, { timeoutMs: patienceMs })).toBe(true)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((cache) => cache.close()))
  })
  afterAll(() => server.end())

  describe('the contract', () => cacheContract(() => openWith(url)))

  test('a key deleted in one process is deleted in the others too', async () => {
    const [one, other] = [await open(), await open()]
    const ask = (cache: Cache, value: string) => cache.getOrSet('shared', 60_000, async () => value)
    await ask(one, 'old')
    expect(await ask(other, 'old')).toBe('old')
    await one.delete('shared')
    expect(await waitFor(async () => (await ask(other, 'new')) === 'new', { timeoutMs: patienceMs })).toBe(
      true,
    )
  })

  test('a Redis that cannot be reached at the start is used as soon as it can', async () => {
    const road = await roadTo(url)
    const cache = await openWith(road.url)
    opened.push(cache)
    expect(cache.redis()).toBe('away')
    expect(await cache.getOrSet('early', 60_000, async () => 'from memory')).toBe('from memory')
    await road.open()
    expect(await waitFor(() => cache.redis() === 'connected', { timeoutMs: patienceMs })).toBe(true)
    const other = await open()
    const ask = (value: string) => other.getOrSet('late', 60_000, async () => value)
    expect(await ask('old')).toBe('old')
    await cache.delete('late')
    expect(await waitFor(async () => (await ask('new')) === 'new', { timeoutMs: patienceMs })).toBe(true)
    await road.close()
  })

  test('values that were deleted while Redis could not be reached are cached nowhere when it is back', async () => {
    const road = await roadTo(url)
    await road.open()
    const cache = await openWith(road.url)
    opened.push(cache)
    const fresh = await open()
    for (const each of [cache, fresh])
      expect(await each.getOrSet('revoked', 60_000, async () => 'old')).toBe('old')
    await road.close()
    expect(await waitFor(() => cache.redis() === 'away', { timeoutMs: patienceMs })).toBe(true)
    await cache.delete('revoked')
    await road.open()
    expect(await waitFor(() => cache.redis() === 'connected', { timeoutMs: patienceMs })).toBe(true)
    const read = () => fresh.getOrSet('revoked', 60_000, async () => 'new')
    expect(await waitFor(async () => (await read()) === 'new', { timeoutMs: patienceMs })).toBe(true)
    await road.close()
  })

  test('when Redis is unreachable, values are made from the source, and deleted ones are not used', async () => {
    const cache = await openWith(url)
    const ask = (value: string) => cache.getOrSet('away', 60_000, async () => value)
    expect(await ask('first')).toBe('first')
    errors.length = 0
    await server.end()
    await cache.delete('away')
    expect(await ask('second')).toBe('second')
    expect(await waitFor(() => errors.length > 0, { timeoutMs: patienceMs })).toBe(true)
    await cache.close()
  })
})
