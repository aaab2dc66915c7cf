import { expect, test } from 'vitest'
import { commandText, commandWords } from './command-words.ts'

test('a command is split at spaces, but not within quotes', () => {
  expect(commandWords(' pytest -q  -k "fast and small" \'a "b"\' ')).toEqual([
    'pytest',
    '-q',
    '-k',
    'fast and small',
    'a "b"',
  ])
  expect(commandWords('  ')).toEqual([])
})

test('the text of a command has the same words again', () => {
  for (const words of [
    ['npm', 'test'],
    ['pytest', '-k', 'a b'],
    ['x', 'say "yes"', "it's"],
  ])
    expect(commandWords(commandText(words))).toEqual(words)
})
