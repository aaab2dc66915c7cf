import { expect, test } from 'vitest'
import { inspect, startOf } from '../package.test-view.ts'

const predict = 'def predict(text: str, times: int = 2) -> str:\n    return text * times\n'

test.each<[string, Record<string, string>, string]>([
  ['in main.py', { 'main.py': predict }, 'main.py:predict'],
  ['in another file', { 'inference.py': predict, 'README.md': '# x' }, 'inference.py:predict'],
  ['that is asynchronous', { 'main.py': `async ${predict}` }, 'main.py:predict'],
  ['that remembers what it did', { 'main.py': `@functools.lru_cache(10)\n${predict}` }, 'main.py:predict'],
  ['without hints', { 'main.py': 'def predict(text, top_k=3): ...\n' }, 'main.py:predict'],
  ['that gets all inputs', { 'main.py': 'def predict(input_data): ...\n' }, 'main.py:predict'],
  ['in main.py before one elsewhere', { 'a.py': predict, 'main.py': predict }, 'main.py:predict'],
])('a function predict %s is recognised', async (_name, files, entry) => {
  const { recognised, problems, manifest } = await inspect(files)
  expect([recognised, manifest?.entry, problems]).toEqual(['python-function', entry, []])
})

test('what it imports and needs is found from its own folder', async () => {
  const files = {
    'service/src/predict.py': `from words import say\n${predict}`,
    'service/src/words.py': 'def say(): ...\n',
    'service/requirements.txt': 'requests==2.32.3\n',
  }
  expect(await startOf(files)).toEqual([
    'python-function',
    'service/src/predict.py:predict',
    'python -m vitrine_runtime',
  ])
  const { manifest } = await inspect(files)
  expect(manifest?.launch).toMatchObject({
    folder: 'service',
    paths: expect.arrayContaining(['service/src']),
    requirements: 'service/requirements.txt',
  })
})

test.each([
  ['a model that only the code has', 'def predict(model, text): ...\n'],
  ['an object of a class', 'def predict(net: nn.Module, text: str): ...\n'],
])('one that needs %s is not, because no caller can give it', async (_name, source) => {
  const { recognised } = await inspect({ 'main.py': source })
  expect(recognised).toBeNull()
})

test.each([
  ['a route', `from fastapi import FastAPI\napp = FastAPI()\n@app.post("/predict")\n${predict}`, 'asgi-app'],
  ['a method', `class Algorithm:\n    ${predict.replaceAll('\n', '\n    ')}\n`, 'python-package'],
])('a function that is %s is not taken for one', async (_name, source, form) => {
  const { recognised, alternatives } = await inspect({ 'main.py': source })
  expect([recognised, alternatives]).toEqual([form, []])
})

test('entry names another function', async () => {
  const source = 'def answer(question: str): ...\n\ndef predict(text: str): ...\n'
  const { recognised, manifest, problems } = await inspect({
    'main.py': source,
    'algorithm.yaml': 'entry: main.py:answer\n',
  })
  expect([recognised, manifest?.entry, problems]).toEqual(['python-function', 'main.py:answer', []])
})
