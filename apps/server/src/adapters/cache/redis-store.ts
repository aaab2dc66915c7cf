import { BentoCache } from 'bentocache'
import { redisBusDriver } from 'bentocache/drivers/redis'
import { Redis, type RedisOptions } from 'ioredis'
import { newMemory } from './memory-store.ts'

/** Called with errors of work that nobody waits for. */
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

/** Opens a connection. Null if Redis cannot be reached; the error was reported. */
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
    // The bus has its own connections.
    await bento.disconnectAll().catch(() => undefined)
    throw error
  }
}

/**
 * Values in memory, with a bus in Redis on which processes tell each other which keys they deleted. Null if Redis
 * cannot be reached. No value is read from Redis or written to it: cached values decide who may do what, and any
 * algorithm with the network of the machine can write to a Redis without a password. A program that writes to the bus
 * can only cause values to be read again.
 */
export async function joinRedis(redisUrl: string, onError: OnError) {
  const redis = await connect(redisUrl, onError)
  if (!redis) return null
  try {
    const bento = await overRedis(redis)
    // While it could not be reached, deletions in other processes were missed.
    redis.on('ready', () => void bento.clear().catch(onError))
    return { redis, bento }
  } catch (error) {
    redis.disconnect()
    throw error
  }
}
