import { expect, test } from 'vitest'
import { shortPieces, whileTaken } from './backpressure.ts'

test('a text is cut into short pieces, and no character is cut', () => {
  const text = `a${'😀'.repeat(100_000)}`
  const pieces = [...shortPieces(text)]
  expect(pieces.join('')).toBe(text)
  expect(pieces.length).toBeGreaterThan(2)
  expect(pieces.filter((piece) => !piece.isWellFormed() || piece.length > 64 * 1024 + 1)).toEqual([])
  expect([...shortPieces('')]).toEqual([])
})

test('a reader who takes the next piece in time gets all; one who takes nothing is told of', async () => {
  let onStall = () => {}
  const stalled = new Promise<void>((resolve) => (onStall = resolve))
  const pieces = whileTaken(['one', 'two'], { stalledMs: 20, onStall: () => onStall() })
  expect((await pieces.next()).value).toBe('one')
  await stalled
  expect([(await pieces.next()).value, (await pieces.next()).done]).toEqual(['two', true])
})
