import { expect, test } from 'vitest'
import { csvText } from './csv.ts'

test('a table begins with the byte order mark that Excel needs to read Chinese', () => {
  expect(csvText([['标签', 1.5, null]])).toBe('\uFEFF标签,1.5,\r\n')
})

test.each([
  ['a comma', 'a,b', '"a,b"'],
  ['a quote', 'a "b"', '"a ""b"""'],
  ['a line break', 'a\nb', '"a\nb"'],
  ['a formula', '=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
  ['a text that begins like one', '@home', "'@home"],
  ['a formula with a wide sign', '＝1+1', "'＝1+1"],
  ['a formula below a line break', '\n=1+1', `"'\n'=1+1"`],
  ['a formula that begins a cell where semicolons separate them', 'a;=cmd()', "a;'=cmd()"],
  ['such a formula between quotes', 'a;"=cmd()"', `"a;""'=cmd()"""`],
  ['such a formula in the next line', 'a\n@cmd()', `"a\n'@cmd()"`],
  ['a list', 'a; b\n- one\n- two', '"a; b\n- one\n- two"'],
])('%s in a text stays one cell and is not run', (_name, text, expected) => {
  expect(csvText([[text]])).toBe(`\uFEFF${expected}\r\n`)
})

test('a negative number stays a number', () => {
  expect(csvText([[-3]])).toBe('\uFEFF-3\r\n')
})
