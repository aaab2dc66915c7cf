import { expect, test } from 'vitest'
import { inspect } from '../package.test-view.ts'
import { inputOf, parametersOf } from './signature.ts'

const model = (signature = '') =>
  `flavors:\n  python_function:\n    loader_module: mlflow.sklearn\nmlflow_version: 2.9.2\n${signature}`
const signed = model(
  `signature:
  inputs: '[{"type": "double", "name": "length", "required": true}, {"type": "string", "name": "colour", "required": false}]'
  outputs: '[{"type": "long"}]'
  params: '[{"name": "top_k", "type": "long", "default": 3, "shape": null}]'
`,
)

test('the signature of an MLflow model is the form of its input and parameters', async () => {
  const { recognised, manifest } = await inspect({ 'model/MLmodel': signed, 'model/model.pkl': '' })
  expect([recognised, manifest?.health.path]).toEqual(['mlflow-model', '/health'])
  expect(manifest?.input).toEqual({
    type: 'object',
    properties: { length: { type: 'number', 'x-order': 0 }, colour: { type: 'string', 'x-order': 1 } },
    required: ['length'],
  })
  expect(manifest?.parameters).toEqual({
    type: 'object',
    properties: { top_k: { type: 'integer', default: 3, 'x-order': 0 } },
  })
})

test('the server of MLflow can be chosen, and has its own API', async () => {
  const files = { 'model/MLmodel': signed }
  const { alternatives } = await inspect(files)
  expect(alternatives.map(({ entry }) => entry)).toEqual(['mlflow models serve -m model'])
  const { recognised, manifest } = await inspect({
    ...files,
    'algorithm.yaml': 'entry: mlflow models serve -m model\n',
  })
  expect([recognised, manifest?.health.path, manifest?.launch?.start]).toEqual([
    'python-app',
    '/ping',
    'python -m mlflow models serve -m model --env-manager local --host "$HOST" --port "$PORT"',
  ])
})

test('an element of the only tensor is its numbers', () => {
  const inputs = '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 28, 28]}}]'
  expect(inputOf(inputs)).toEqual({ type: 'array', description: 'float32 [?, 28, 28]' })
})

test.each([
  '',
  'null',
  '[]',
  '{"a": 1}',
  '[{"name": "x"}]',
  '[1]',
  '[{"type": "double"}, {"type": "double"}]',
])('a signature of %j is no form, and the model runs all the same', async (inputs) => {
  expect(inputOf(inputs)).toBeUndefined()
  const { recognised, manifest } = await inspect({ MLmodel: model(`signature:\n  inputs: '${inputs}'\n`) })
  expect([recognised, manifest?.input]).toEqual(['mlflow-model', {}])
})

test('a model without parameters has none', () => {
  expect([undefined, 'null', '[]', '[{"name": 1}]'].map((text) => parametersOf(text))).toEqual(
    Array.from({ length: 4 }, () => undefined),
  )
})
