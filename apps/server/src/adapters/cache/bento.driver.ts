import { bentostore, BentoCache, errors } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Redis, type RedisOptions } from 'ioredis'
import { cacheUnreachable } from './cache.errors.ts'
import type { Cache } from './cache.ts'

/** Entries kept in memory: some hundreds of bytes each. */
const memoryEntries = 5_000

type OnError = (error: Error) => void

/** A connection whose copies, which the bus makes for itself, report their errors too. */
class ReportingRedis extends Redis {
  readonly #onError: OnError

  constructor(url: string, onError: OnError) {
    super(url, {
      lazyConnect: true,
      connectTimeout: 5_000,
      // While Redis is away a request is answered from the source instead of waiting for it.
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

/** Resolves once the bus listens: news from before that would be missed, and an old value kept. */
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
    // A Redis that is away is asked again only now and then, not by every request.
    l2CircuitBreakerDuration: 5_000,
    stores: { only: store },
  })
  // A store comes to be at its first use.
  await bento.has({ key: 'first-use' })
  await listening
  return bento
}

/**
 * Opens the cache: memory alone, or memory over Redis with a bus by which processes tell each other what they forgot.
 * A Redis that cannot be reached now is `cache.unreachable`; one that goes away later costs speed, not answers: `onError` hears of it.
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
        // The source may have changed after the factory read it: what it read must not outlive the deletion.
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
