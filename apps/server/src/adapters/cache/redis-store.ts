import { BentoCache } from 'bentocache'
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis'
import { Redis, type RedisOptions } from 'ioredis'
import { z } from 'zod'
import { newMemory } from './memory-store.ts'

/** What all keys begin with in Redis. */
const prefix = 'vitrine'

/** Called with what fails while nobody waits for it. */
export type OnError = (error: Error) => void

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

/** A connection; null if Redis cannot be reached, which was reported. */
async function connect(redisUrl: string, onError: OnError): Promise<Redis | null> {
  const redis = new ReportingRedis(redisUrl, onError)
  try {
    await redis.connect()
    await redis.ping()
    return redis
  } catch {
    redis.disconnect()
    return null
  }
}

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
    prefix,
    // If Redis is unreachable, it is tried again only at intervals, not by every request.
    l2CircuitBreakerDuration: 5_000,
    stores: { only: store },
  })
  try {
    // The store and its bus are created at the first use.
    await bento.has({ key: 'first-use' })
    await listening
    return bento
  } catch (error) {
    // The bus has connections of its own.
    await bento.disconnectAll().catch(() => undefined)
    throw error
  }
}

/** Deletes all that Redis keeps for us: while it was away, deletions did not reach it. */
async function forgetAll(redis: Redis): Promise<void> {
  for await (const found of redis.scanStream({ match: `${prefix}:*`, count: 1_000 })) {
    const keys = z.array(z.string()).parse(found)
    if (keys.length > 0) await redis.unlink(...keys)
  }
}

/** Values in memory over Redis, with a bus on which processes tell each other what they deleted. Null if Redis is away. */
export async function joinRedis(redisUrl: string, onError: OnError) {
  const redis = await connect(redisUrl, onError)
  if (!redis) return null
  try {
    await forgetAll(redis)
    const bento = await overRedis(redis)
    redis.on('ready', () => void forgetAll(redis).catch(onError))
    return { redis, bento }
  } catch (error) {
    redis.disconnect()
    throw error
  }
}
