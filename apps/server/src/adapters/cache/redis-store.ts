import { BentoCache } from 'bentocache'
import { redisBusDriver } from 'bentocache/drivers/redis'
import { Redis, type RedisOptions } from 'ioredis'
import { newMemory } from './memory-store.ts'

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
  const bento = new BentoCache({ default: 'only', stores: { only: newMemory().useBus(noted) } })
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

/**
 * Values in memory, with a bus of Redis on which processes tell each other what they deleted. Null if Redis is away. No value is read
 * from Redis or written to it: what is kept says who may do what, and a Redis without a password takes what any algorithm with the
 * network of the machine writes to it. Whoever writes to the bus can only have values read again.
 */
export async function joinRedis(redisUrl: string, onError: OnError) {
  const redis = await connect(redisUrl, onError)
  if (!redis) return null
  try {
    const bento = await overRedis(redis)
    // While it was away, nobody was told what was deleted.
    redis.on('ready', () => void bento.clear().catch(onError))
    return { redis, bento }
  } catch (error) {
    redis.disconnect()
    throw error
  }
}
