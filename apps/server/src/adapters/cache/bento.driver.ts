import { errors } from 'bentocache'
import type { Cache } from './cache.ts'
import { overMemory } from './memory-store.ts'
import type { joinRedis, OnError } from './redis-store.ts'

/** How often the platform tries to reach a Redis that was unreachable at the start, in milliseconds. */
const lookEveryMs = 2_000

type Store = Pick<ReturnType<typeof overMemory>, 'getOrSet' | 'delete' | 'disconnectAll'>

/**
 * The Redis client is loaded only when it is needed, because no other package takes longer to load, and few platforms
 * have a Redis.
 */
const join: typeof joinRedis = async (...given) => (await import('./redis-store.ts')).joinRedis(...given)

/** The store of the values: memory, with the bus of Redis as soon as Redis can be reached. */
class Place {
  store: Store = overMemory()
  #redis: Awaited<ReturnType<typeof joinRedis>> = null
  #timer: NodeJS.Timeout | undefined
  #closed = false
  readonly #onError: OnError

  constructor(onError: OnError) {
    this.#onError = onError
  }

  /** Tries to reach Redis, and repeats this until it succeeds. Resolves after the first attempt. */
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
    // The values of the former store are dropped, because other processes were not told about deletions in the
    // meantime.
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
    // An unreachable Redis cannot be disconnected in order.
    await this.store.disconnectAll().catch((error: unknown) => this.#report(error))
    this.#redis?.redis.disconnect()
  }

  #report(error: unknown): null {
    this.#onError(error instanceof Error ? error : new Error(String(error)))
    return null
  }
}

/**
 * Opens the cache: in memory, and with Redis a bus on which processes tell each other which keys they deleted. While
 * Redis cannot be reached, at the start or later, `onError` is called and the cache keeps working. When Redis is back,
 * all cached values are dropped.
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
          // Other processes make their own values, so they need to hear only of deletions.
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
