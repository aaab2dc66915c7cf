import { errors } from 'bentocache'
import type { Cache } from './cache.ts'
import { overMemory } from './memory-store.ts'
import type { joinRedis, OnError } from './redis-store.ts'

/** How often a Redis that was away at the start is looked for, in milliseconds. */
const lookEveryMs = 2_000

type Store = Pick<ReturnType<typeof overMemory>, 'getOrSet' | 'delete' | 'disconnectAll'>

/** The client of Redis takes a start longer to load than any other package, and few platforms have a Redis. */
const join: typeof joinRedis = async (...given) => (await import('./redis-store.ts')).joinRedis(...given)

/** Where values are kept: in memory, with the bus of Redis as soon as that is there. */
class Place {
  store: Store = overMemory()
  #redis: Awaited<ReturnType<typeof joinRedis>> = null
  #timer: NodeJS.Timeout | undefined
  #closed = false
  readonly #onError: OnError

  constructor(onError: OnError) {
    this.#onError = onError
  }

  /** Looks for Redis, and goes on looking until it is there. Resolves after the first look. */
  async look(redisUrl: string): Promise<void> {
    const joined = await join(redisUrl, this.#onError).catch((error: unknown) => this.#report(error))
    if (this.#closed) {
      await joined?.bento.disconnectAll()
      return joined?.redis.disconnect()
    }
    if (!joined) {
      this.#timer = setTimeout(() => void this.look(redisUrl), lookEveryMs).unref()
      return
    }
    // What memory alone has is dropped with it: nobody else was told what was deleted meanwhile.
    const former = this.store
    this.#redis = joined
    this.store = joined.bento
    await former.disconnectAll()
  }

  get isConnected(): boolean {
    return this.#redis?.redis.status === 'ready'
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    // A Redis that is away cannot be told of the end.
    await this.store.disconnectAll().catch((error: unknown) => this.#report(error))
    this.#redis?.redis.disconnect()
  }

  #report(error: unknown): null {
    this.#onError(error instanceof Error ? error : new Error(String(error)))
    return null
  }
}

/**
 * Opens the cache: in memory, and with Redis a bus on which processes tell each other which keys they deleted. While Redis
 * cannot be reached, at the start or later, `onError` is called and the cache goes on. When it is back, everything that was kept is
 * forgotten.
 */
export async function openCache(options: { redisUrl: string | null; onError: OnError }): Promise<Cache> {
  const { redisUrl, onError } = options
  const place = new Place(onError)
  if (redisUrl !== null) await place.look(redisUrl)
  let deletions = 0
  return {
    redis: () => (redisUrl === null ? 'unused' : place.isConnected ? 'connected' : 'away'),
    async getOrSet(key, ttlMs, factory) {
      const { store } = place
      const before = deletions
      let made = false
      try {
        const value = await store.getOrSet({
          key,
          ttl: ttlMs,
          // Another process has its own; only a deletion concerns it.
          skipBusNotify: true,
          factory: async () => {
            made = true
            return factory()
          },
        })
        // The source may have changed after the factory read it. The value must not survive the deletion.
        if (made && deletions !== before) await store.delete({ key })
        return value
      } catch (error) {
        throw error instanceof errors.E_FACTORY_ERROR ? error.cause : error
      }
    },
    async delete(key) {
      deletions += 1
      await place.store.delete({ key })
    },
    close: () => place.close(),
  }
}
