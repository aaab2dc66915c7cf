import { expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { instructionsOf, unclearLines } from './dockerfile-lines.ts'

test('instructions end at the end of a line of any system, and go on over several', () => {
  expect(
    instructionsOf('FROM a\r\nRUN b \\\r\n# why\r\n  c\n').map(({ name, rest }) => [name, rest]),
  ).toEqual([
    ['FROM', 'a'],
    ['RUN', 'b   c'],
  ])
})

test.each(['\r', '\\', ' ', '\\ ', '#', ' #'])(
  'a Dockerfile with a mebibyte of %j is read at once',
  (piece) => {
    const text = `FROM a\nRUN ${piece.repeat(2 ** 20 / piece.length)}x\n`
    const before = threadTimeMs()
    instructionsOf(text)
    unclearLines(text)
    expect(threadTimeMs() - before).toBeLessThan(1_000)
  },
)
