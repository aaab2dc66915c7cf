import { expect, test } from 'vitest'
import { readPython } from '../python-code/python-source.ts'
import { parametersOfPredict } from './signature.ts'

const parametersOf = (signature: string) => {
  const [holder] = readPython(`class Algorithm:\n    def predict(${signature}):\n        return []\n`).classes
  return holder && parametersOfPredict(holder)
}
const properties = { top_k: { type: 'integer', default: 3, 'x-order': 0 } }

test.each(['self, input_data, top_k=3', 'self, input_data, *, top_k=3', 'input_data, top_k=3'])(
  'predict(%s) takes no other parameter, so that a wrong name is refused before the run begins',
  (signature) => {
    expect(parametersOf(signature)).toEqual({ type: 'object', properties, additionalProperties: false })
  },
)

test.each(['self, input_data, top_k=3, **rest', 'self, input_data, model=DEFAULT, top_k=3'])(
  'predict(%s) takes more than its schema names',
  (signature) => {
    expect(parametersOf(signature)).toEqual({ type: 'object', properties })
  },
)

test.each(['self, input_data', 'input_data', 'self, *inputs', 'self, input_data, /'])(
  'predict(%s) takes no parameter at all, so that each name is refused before the run begins',
  (signature) => {
    expect(parametersOf(signature)).toEqual({ type: 'object', properties: {}, additionalProperties: false })
  },
)

test.each([
  'self, input_data, **parameters',
  'self, **everything',
  'self, input_data, top_k',
  'this, input_data',
])('predict(%s) says nothing about its parameters', (signature) => {
  expect(parametersOf(signature)).toBeUndefined()
})

test('a class that inherits predict says nothing about its parameters', () => {
  const [holder] = readPython('class Algorithm(Base):\n    pass\n').classes
  expect(holder && parametersOfPredict(holder)).toBeUndefined()
})
