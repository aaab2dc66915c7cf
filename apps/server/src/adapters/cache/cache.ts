import type { Json } from '@vitrine/contract'

/**
 * A cache for data that is read often and may be slightly old. It is never the only copy. Values are copied
 * as JSON on the way in and out.
 */
export type Cache = {
  /**
   * Returns the value of a key, or the result of `factory`, which is then kept for `ttlMs`. If several
   * callers miss at once, one calls the factory. An error of the factory reaches the caller and is not kept.
   */
  getOrSet: <T extends Json>(key: string, ttlMs: number, factory: () => Promise<T>) => Promise<T>
  /**
   * Deletes a key in every process that shares the cache. A value that is being made at that moment is not
   * kept.
   */
  delete: (key: string) => Promise<void>
  /**
   * The state of Redis: not set up, connected, or unreachable. If it is unreachable, values are cached only in this
   * process.
   */
  redis: () => 'unused' | 'connected' | 'away'
  close: () => Promise<void>
}
