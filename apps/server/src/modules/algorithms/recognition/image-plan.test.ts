import { describe, expect, test } from 'vitest'
import { inspect, type Files } from './package.test-view.ts'

const imageOf = async (files: Files) => (await inspect(files)).image

describe('what an image of a package needs stands in its inspection', () => {
  const flask = 'from flask import Flask\napp = Flask(__name__)\n'
  test.each<[string, Files, object]>([
    [
      'a single file',
      { 'ai_algorithm.py': 'class Algorithm:\n    def predict(self, input_data): return input_data\n' },
      {
        base: 'python:3.13-slim',
        command: 'python -m vitrine_runtime',
        health: '/health',
        python: { install: [] },
      },
    ],
    [
      'a web application',
      {
        'web/app.py': flask,
        'web/requirements.txt': 'flask==3.0\n',
        'algorithm.yaml': 'python: "3.11"\nsystem_packages: [ffmpeg]\nenv: [API_TOKEN]\n',
      },
      {
        base: 'python:3.11-slim',
        system_packages: ['ffmpeg'],
        python: { requirements: 'web/requirements.txt', install: [expect.stringMatching(/^waitress/)] },
        folder: 'web',
        settings: ['API_TOKEN'],
        command: expect.stringContaining('$PORT'),
        health: null,
      },
    ],
    [
      'Cog',
      {
        'cog.yaml':
          'build:\n  python_version: "3.10"\n  system_packages: [git]\n  run: ["make all"]\npredict: predict.py:run\n',
        'predict.py': 'def run(text: str) -> str:\n    return text\n',
      },
      { base: 'python:3.10-slim', system_packages: ['git'], run: ['make all'] },
    ],
    [
      'BentoML',
      {
        'service.py':
          'import bentoml\n@bentoml.service\nclass Summary:\n    @bentoml.api\n    def predict(self, text: str) -> str: ...\n',
        'bentofile.yaml': 'docker: {system_packages: [libgomp1], setup_script: ./setup.sh}\n',
      },
      { system_packages: ['libgomp1'], run: ['bash ./setup.sh'], health: '/healthz' },
    ],
    [
      'a Node server that is built',
      {
        'package.json':
          '{"dependencies": {"express": "4"}, "scripts": {"start": "node dist/main.js", "build": "tsc"}}',
      },
      {
        base: 'node:24-slim',
        node: true,
        python: null,
        build: [{ folder: '', command: 'npm run build' }],
        command: 'node dist/main.js',
      },
    ],
    [
      'a command',
      { 'algorithm.yaml': 'runtime: command\nentry: ./serve --port $PORT\n', serve: '' },
      { base: 'debian:13-slim', command: './serve --port $PORT', python: null, node: false },
    ],
    [
      'a model of ONNX in the model store',
      { 'algorithm.yaml': `models: [{path: net.onnx, sha256: ${'a'.repeat(64)}, source: store}]\n` },
      {
        models: [{ path: 'net.onnx', sha256: 'a'.repeat(64) }],
        python: { install: ['onnxruntime', 'numpy', 'pillow'] },
      },
    ],
  ])('%s', async (_name, files, expected) => {
    expect(await imageOf(files)).toMatchObject({ port_variable: 'PORT', ...expected })
  })

  test('and what is not recognised has none', async () => {
    expect(await imageOf({ 'notes.txt': '' })).toBeNull()
  })
})

test('packages of Debian in algorithm.yaml are told to need a container', async () => {
  const { warnings } = await inspect({
    'ai_algorithm.py': 'class Algorithm:\n    def predict(self, input_data): return input_data\n',
    'algorithm.yaml': 'system_packages: [ffmpeg]\n',
  })
  expect(warnings).toMatchObject([{ code: 'container.needed', message: expect.stringContaining('ffmpeg') }])
})
