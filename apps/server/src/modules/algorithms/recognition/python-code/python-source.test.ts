import { expect, test } from 'vitest'
import { readPython, withoutStrings } from './python-source.ts'

const names = (source: string) =>
  readPython(source).classes.map(({ name, methods }) => [name, methods.map((method) => method.name)])

test('strings and comments become spaces and all other text keeps its place', () => {
  const source = `a = "x#y" # c\nb = r'\\'\nc = f"""\nclass A: {1}\n"""\nd = 'it''s'\n`
  const code = withoutStrings(source)
  expect(code.length).toBe(source.length)
  expect(code.split('\n').map((line) => line.trimEnd())).toEqual(['a =', 'b =', 'c =', '', '', 'd =', ''])
})

test('only direct members of the class are methods, not nested functions', () => {
  const source = `
class A:
    """Doc.

def predict(self): not this one
    """
    x = {
  1: 2,
}
    def setup(self):
        def predict(): pass
    @torch.no_grad()
    async def predict(
        self,
        input_data,
    ): pass

class B(A, metaclass=M): pass
if True:
    class C:
        def predict(self): pass
`
  expect(names(source)).toEqual([
    ['A', ['setup', 'predict']],
    ['B', []],
  ])
  expect(readPython(source).classes[1]?.bases).toBe('A, metaclass=M')
})

test('tabs, CRLF, a byte order mark and a last line without a line end can be read', () => {
  expect(names('\ufeffclass 模型:\r\n\tdef predict(self, x): return x')).toEqual([['模型', ['predict']]])
})

test('an unclosed string or bracket ends the reading without an error', () => {
  expect(names('class A:\n  def predict(self, x=(')).toEqual([['A', ['predict']]])
  expect(names('"""class A:')).toEqual([])
})

test('parameters keep their annotations and defaults as written', () => {
  const source = "class A:\n  def predict(self, data, *, k: Dict[str, int] = {'a': 1}, sep=',', **rest): pass"
  expect(readPython(source).classes[0]?.methods[0]?.parameters).toEqual([
    { name: 'self', annotation: null, default: null },
    { name: 'data', annotation: null, default: null },
    { name: '*', annotation: null, default: null },
    { name: 'k', annotation: 'Dict[str, int]', default: "{'a': 1}" },
    { name: 'sep', annotation: null, default: "','" },
    { name: '**rest', annotation: null, default: null },
  ])
})
