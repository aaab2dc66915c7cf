import { expect, test } from 'vitest'
import { inspect } from '../package.test-view.ts'

test('a model of ONNX alone is run by the platform’s runtime', async () => {
  const { recognised, manifest, problems, warnings } = await inspect({ 'model.onnx': '' })
  expect([recognised, problems, warnings]).toEqual(['onnx-model', [], []])
  expect(manifest).toMatchObject({
    runtime: 'python',
    entry: 'model.onnx',
    health: { path: '/health' },
    launch: {
      install: ['onnxruntime', 'numpy', 'pillow'],
      requirements: null,
      start: 'python -m vitrine_runtime',
    },
  })
})

test('of several models the one in full precision is taken, and the others are alternatives', async () => {
  const files = { 'onnx/model_int8.onnx': '', 'onnx/model.onnx': '', 'config.json': '{}' }
  const { manifest, alternatives } = await inspect(files)
  expect([manifest?.entry, alternatives.map(({ entry }) => entry)]).toEqual([
    'onnx/model.onnx',
    ['onnx/model_int8.onnx'],
  ])
  const chosen = await inspect({ ...files, 'algorithm.yaml': 'entry: onnx/model_int8.onnx\n' })
  expect([chosen.recognised, chosen.manifest?.entry]).toEqual(['onnx-model', 'onnx/model_int8.onnx'])
})

test('a model that comes from the model store is run as well', async () => {
  const yaml = `models: [{path: net.onnx, sha256: ${'a'.repeat(64)}, source: store}]\n`
  expect((await inspect({ 'algorithm.yaml': yaml })).manifest?.entry).toBe('net.onnx')
})

test('its own requirements decide the version of ONNX Runtime', async () => {
  const { manifest } = await inspect({ 'model.onnx': '', 'requirements.txt': 'onnxruntime==1.20.1\n' })
  expect(manifest?.launch).toMatchObject({ requirements: 'requirements.txt', install: ['numpy', 'pillow'] })
})

test('a server beside the model is what runs, and other code is told to be unused', async () => {
  const app = 'from fastapi import FastAPI\napp = FastAPI()\n'
  expect((await inspect({ 'model.onnx': '', 'main.py': app })).recognised).toBe('asgi-app')
  const { recognised, warnings } = await inspect({ 'model.onnx': '', 'train.py': 'import torch\n' })
  expect(recognised).toBe('onnx-model')
  expect(warnings).toMatchObject([
    { code: 'onnx.code_unused', path: 'train.py', mend: expect.stringContaining('ai_algorithm.py') },
  ])
})
