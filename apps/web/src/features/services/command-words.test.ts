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
  expect(commandWords('x "" y')).toEqual(['x', '', 'y'])
})

test.each([
  ['pytest -k="a or b"', ['pytest', '-k=a or b']],
  [`a'b c'"d e"f`, ['ab cd ef']],
  [String.raw`a\ b \"c\" d\\e`, ['a b', '"c"', String.raw`d\e`]],
  [String.raw`"say \"yes\"" 'C:\temp' "C:\temp"`, ['say "yes"', String.raw`C:\temp`, String.raw`C:\temp`]],
  [`it's`, [`it's`]],
  ['x "open end', ['x', '"open', 'end']],
  ['x \\', ['x', '\\']],
])('parts in quotes and after a backslash are joined with what stands beside them: %s', (text, words) => {
  expect(commandWords(text)).toEqual(words)
})

test('the text of a command has the same words again', () => {
  for (const words of [
    ['npm', 'test'],
    ['pytest', '-k', 'a b', '-k=a or b'],
    ['x', 'say "yes"', "it's", `"both" and 'both'`, ''],
    ['\\', String.raw`C:\temp\new`, String.raw`it's \" \\`, 'two\nlines', '"', "'"],
  ])
    expect(commandWords(commandText(words))).toEqual(words)
})
