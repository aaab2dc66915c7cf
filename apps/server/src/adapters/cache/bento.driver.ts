import { bentostore, BentoCache, errors } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Redis, type RedisOptions } from 'ioredis'
import { cacheUnreachable } from './cache.errors.ts'
import type { Cache } from './cache.ts'

/** The number of entries kept in memory. Each has some hundreds of bytes. */
const memoryEntries = 5_000

type OnError = (error: Error) => void

/** A connection that reports its errors. The copies that the bus makes of it report theirs too. */
class ReportingRedis extends Redis {
  readonly #onError: OnError

  constructor(url: string, onError: OnError) {
    super(url, {
      lazyConnect: true,
      connectTimeout: 5_000,
      // While Redis is unreachable, a request is answered from the source instead of waiting for Redis.
      maxRetriesPerRequest: 0,
      commandTimeout: 1_000,
      retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
    })
    this.#onError = onError
    this.on('error', onError)
  }

  override duplicate(override?: Partial<RedisOptions>): Redis {
    return super.duplicate(override).on('error', this.#onError)
  }
}

async function connect(redisUrl: string, onError: OnError): Promise<Redis> {
  const redis = new ReportingRedis(redisUrl, onError)
  try {
    await redis.connect()
    await redis.ping()
    return redis
  } catch (error) {
    redis.disconnect()
    throw cacheUnreachable({ reason: error instanceof Error ? error.message : String(error) }, error)
  }
}

const newMemory = () => bentostore().useL1Layer(memoryDriver({ maxItems: memoryEntries }))

const overMemory = () => new BentoCache({ default: 'only', stores: { only: newMemory() } })

/** Resolves when the bus listens. A message sent before that would be missed, and an old value kept. */
async function overRedis(redis: Redis) {
  const bus = redisBusDriver({ connection: redis })
  let listening: Promise<void> | undefined
  const noted: typeof bus = {
    ...bus,
    factory(config) {
      const transport = bus.factory(config)
      const subscribe = transport.subscribe.bind(transport)
      transport.subscribe = (channel, handler) => (listening = subscribe(channel, handler))
      return transport
    },
  }
  const store = newMemory()
    .useL2Layer(redisDriver({ connection: redis }))
    .useBus(noted)
  const bento = new BentoCache({
    default: 'only',
    prefix: 'vitrine',
    // If Redis is unreachable, it is tried again only at intervals, not by every request.
    l2CircuitBreakerDuration: 5_000,
    stores: { only: store },
  })
  // The store and its bus are created at the first use.
  await bento.has({ key: 'first-use' })
  await listening
  return bento
}

/**
 * Opens the cache: memory only, or memory over Redis with a bus on which processes tell each other which keys
 * they deleted. Throws `cache.unreachable` if Redis cannot be reached now. If Redis becomes unreachable
 * later, `onError` is called and the cache is slower, but still answers.
 */
export async function openCache(options: { redisUrl: string | null; onError: OnError }): Promise<Cache> {
  const redis = options.redisUrl === null ? null : await connect(options.redisUrl, options.onError)
  const bento = redis ? await overRedis(redis) : overMemory()
  let deletions = 0
  return {
    async getOrSet(key, ttlMs, factory) {
      const before = deletions
      let made = false
      try {
        const value = await bento.getOrSet({
          key,
          ttl: ttlMs,
          factory: async () => {
            made = true
            return factory()
          },
        })
        // The source may have changed after the factory read it. The value must not survive the deletion.
        if (made && deletions !== before) await bento.delete({ key })
        return value
      } catch (error) {
        throw error instanceof errors.E_FACTORY_ERROR ? error.cause : error
      }
    },
    async delete(key) {
      deletions += 1
      await bento.delete({ key })
    },
    async close() {
      await bento.disconnectAll()
      redis?.disconnect()
    },
  }
}
