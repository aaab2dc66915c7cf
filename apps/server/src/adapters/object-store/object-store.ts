import type { Readable } from 'node:stream'

/** Bytes under keys: a folder or S3. Keys are content hashes made by us, so a key's content never changes. */
export type ObjectStore = {
  /** Stores a local file under a key; a key that exists is left as it is. */
  putFile(key: string, file: string, mime: string): Promise<void>
  exists(key: string): Promise<boolean>
  size(key: string): Promise<number>
  /** Bytes `start` to `end` inclusive, or all. */
  read(key: string, range?: { start: number; end: number }): Promise<Readable>
  /** Puts an object's bytes at a path where there is no file yet, for programs that read files only. */
  copyTo(key: string, file: string): Promise<void>
  delete(key: string): Promise<void>
}

const keyForm = /^[a-z0-9]{4,}(\/[a-z0-9-]+)*$/

/** Returns a key of ours; throws for anything else, before it becomes a path or an address. */
export function checkedKey(key: string): string {
  if (!keyForm.test(key)) throw new Error(`not a key of ours: ${key}`)
  return key
}
