import type { Readable } from 'node:stream'

/**
 * Stores bytes under keys, in a folder or in S3. Keys are content hashes, so a key's content never changes.
 */
export type ObjectStore = {
  /** Stores a local file under a key. When it resolves, a power cut cannot take the bytes. An existing key is not changed. */
  putFile(key: string, file: string, mime: string): Promise<void>
  exists(key: string): Promise<boolean>
  size(key: string): Promise<number>
  /** Returns the bytes from `start` to `end` inclusive, or all. */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>
  /** Copies an object to a path where no file exists yet, for programs that can only read files. */
  copyTo(key: string, file: string): Promise<void>
  delete(key: string): Promise<void>
}

const keyForm = /^[a-z0-9]{4,128}(\/[a-z0-9-]{1,128}){0,4}$/

/**
 * Returns the key if it has the right form. Throws for anything else, before it is used in a path or an
 * address.
 */
export function checkedKey(key: string): string {
  if (!keyForm.test(key)) throw new Error(`not a key of ours: ${key.slice(0, 200)}`)
  return key
}
