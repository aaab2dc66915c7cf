import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { limitReading, pieceBytes, quickBytes } from './limit-reading.ts'

test('output without end is read as it comes at first, and then piece by piece with a pause after each', async () => {
  const chunk = Buffer.alloc(pieceBytes, '\n')
  const stream = new Readable({ read: () => stream.push(chunk) })
  let received = 0
  const readAtPauses: number[] = []
  stream.on('data', () => (received += chunk.length))
  stream.on('pause', () => readAtPauses.push(received))
  limitReading(stream)
  await expect.poll(() => readAtPauses.length).toBeGreaterThanOrEqual(3)
  stream.destroy()
  expect(readAtPauses.slice(0, 3)).toEqual([1, 2, 3].map((pieces) => quickBytes + pieces * pieceBytes))
})
