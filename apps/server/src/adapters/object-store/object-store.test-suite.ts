import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ObjectStore } from './object-store.ts'

/** Tests for every object store. */
export function objectStoreSuite(
  name: string,
  create: () => Promise<{ store: ObjectStore; dispose: () => Promise<void> }>,
): void {
  describe(`object store ${name}`, () => {
    let store: ObjectStore
    let dispose: () => Promise<void>
    let folder: string

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'vitrine-objects-'))
      ;({ store, dispose } = await create())
    })
    afterEach(async () => {
      await dispose()
      await rm(folder, { recursive: true, force: true })
    })

    const put = async (key: string, content: string) => {
      const file = join(folder, 'source')
      await writeFile(file, content)
      await store.putFile(key, file, 'text/plain')
      await rm(file)
    }
    const read = async (key: string, range?: { start: number; end: number }) =>
      text(await store.read(key, range))

    test('a stored object can be read completely and in ranges', async () => {
      await put('abcd01', '0123456789')
      expect(await read('abcd01')).toBe('0123456789')
      expect(await read('abcd01', { start: 2, end: 4 })).toBe('234')
      expect(await store.size('abcd01')).toBe(10)
    })

    test('an existing key keeps its content', async () => {
      await put('abcd01', 'first')
      await put('abcd01', 'second')
      expect(await read('abcd01')).toBe('first')
    })

    test('a deleted object is gone, and deleting it again is no error', async () => {
      await put('abcd01/thumb', 'x')
      await store.delete('abcd01/thumb')
      await store.delete('abcd01/thumb')
      expect(await store.exists('abcd01/thumb')).toBe(false)
    })

    test('an object can be copied to a file, which outlives it', async () => {
      await put('abcd01', '0123456789')
      await store.copyTo('abcd01', join(folder, 'copy'))
      await store.delete('abcd01')
      expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('0123456789')
    })

    test('reading a missing object rejects before the first byte', async () => {
      await expect(store.read('ffff00')).rejects.toThrow()
    })

    test.each([
      ...['../secret', '/etc/passwd', 'ab', 'abcd/../x', 'abcd/./x', 'abcd//x', 'abcd/x/', 'ABCD'],
      ...['abcd\\..\\x', 'abcd%2f..%2fx', 'abcd\0', 'abcd\n', 'abcd\r\nx', 'abcd?x', 'abcd#x', 'abcd x'],
      ...['\uff41bcd', 'abcd\u0301', 'abcd\u202e', 'a'.repeat(1025), `abcd${'/a'.repeat(600)}`],
    ])('the key %j is refused, whatever is wanted of it', async (key) => {
      const refused = 'not a key'
      await expect(put(key, 'x')).rejects.toThrow(refused)
      const wanted = [
        () => store.exists(key),
        () => store.size(key),
        () => store.read(key),
        () => store.copyTo(key, join(folder, 'copy')),
        () => store.delete(key),
      ]
      for (const want of wanted) await expect((async () => want())()).rejects.toThrow(refused)
    })
  })
}
