import type { Json } from '@vitrine/contract'

/** What is read often and may be a little old; never a place of truth. Values are copied as JSON on the way in and out. */
export type Cache = {
  /**
   * The value under a key, or what `factory` makes, kept for `ttlMs`. Of several callers who miss at once one makes it;
   * what the factory throws reaches the caller and is not kept.
   */
  getOrSet: <T extends Json>(key: string, ttlMs: number, factory: () => Promise<T>) => Promise<T>
  /** Forgets a key, in every process that shares the cache. A value being made meanwhile is not kept. */
  delete: (key: string) => Promise<void>
  close: () => Promise<void>
}
