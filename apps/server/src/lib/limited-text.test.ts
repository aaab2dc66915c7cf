import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { limitedText } from './limited-text.ts'

test('returns the text of a body up to the limit, even if a character is split between two chunks', async () => {
  const bytes = Buffer.from('结果')
  const body = Readable.from([bytes.subarray(0, 2), bytes.subarray(2)])
  expect(await limitedText(body, bytes.length)).toBe('结果')
})

test('an endless body is no longer read after the limit', async () => {
  let sent = 0
  async function* endless() {
    for (;;) {
      sent += 1024
      yield Buffer.alloc(1024)
    }
  }
  const body = Readable.from(endless())
  await expect(limitedText(body, 4096)).rejects.toThrow('more than 4096 bytes')
  expect(body.destroyed).toBe(true)
  expect(sent).toBeLessThan(1024 * 64)
})
