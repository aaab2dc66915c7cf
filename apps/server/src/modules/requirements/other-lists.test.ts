import { expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { condaDependencies } from './conda-file.ts'
import { pinsOf } from './lock-file.ts'

test('an environment of conda gives pip what it has, and names the rest', () => {
  const text = `name: x
channels: [conda-forge]
dependencies:
  - python=3.11.4=h123
  - numpy=1.26
  - conda-forge::pytorch==2.1.0
  - scikit-learn>=1.3
  - cudatoolkit=11.8
  - ffmpeg
  - pip
  - pip:
      - transformers==4.40
      - -r requirements.txt
`
  expect(condaDependencies(text)).toEqual({
    lines: [
      'numpy==1.26.*',
      'torch==2.1.0',
      'scikit-learn>=1.3',
      'transformers==4.40',
      '-r requirements.txt',
    ],
    left: ['cudatoolkit=11.8', 'ffmpeg'],
    python: '3.11.4',
  })
})

test.each(['', 'dependencies: 3', ': :', 'dependencies:\n'])('%j has none', (text) => {
  expect(condaDependencies(text)).toEqual({ lines: [], left: [], python: null })
})

test('the versions of uv.lock, without the project itself and packages with several', () => {
  const text = `version = 1
[[package]]
name = "mine"
version = "0.1"
source = { editable = "." }
[[package]]
name = "Torch_Vision"
version = "0.19.0"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "numpy"
version = "1.26.4"
[[package]]
name = "numpy"
version = "2.1.0"
`
  expect(pinsOf('uv.lock', text)).toEqual(['torch-vision==0.19.0'])
})

test('the versions of poetry.lock, without what comes from elsewhere', () => {
  const text = `[[package]]
name = "a"
version = "1.0"
[[package]]
name = "b"
version = "2.0"
[package.source]
type = "git"
`
  expect(pinsOf('poetry.lock', text)).toEqual(['a==1.0'])
})

test('the versions of Pipfile.lock, without those for development', () => {
  const text = JSON.stringify(
    {
      _meta: { hash: {} },
      default: { flask: { hashes: ['sha256:x'], version: '==3.0.0' }, mine: { path: '.' } },
      develop: { pytest: { version: '==8' } },
    },
    null,
    4,
  )
  expect(pinsOf('Pipfile.lock', text)).toEqual(['flask==3.0.0'])
})

test.each<[string, () => unknown]>([
  [
    'an environment of conda with many keys',
    () => condaDependencies(Array.from({ length: 30_000 }, (_, at) => `k${at}: 1\n`).join('')),
  ],
  [
    'an environment of conda with a long line of two',
    () => condaDependencies(`dependencies: ["${'a'.repeat(100_000)}\\nb"]`),
  ],
  [
    'a Pipfile.lock that begins its list again and again',
    () => pinsOf('Pipfile.lock', '"default":{'.repeat(40_000)),
  ],
  [
    'a Pipfile.lock whose entries do not end',
    () => pinsOf('Pipfile.lock', `"default": {\n${'        "a": {\n'.repeat(25_000)}\n    }`),
  ],
])('%s is read in no time', (_what, read) => {
  const begun = threadTimeMs()
  read()
  expect(threadTimeMs() - begun).toBeLessThan(3_000)
})
