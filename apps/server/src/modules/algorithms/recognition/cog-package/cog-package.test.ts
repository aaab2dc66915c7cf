import { expect, test } from 'vitest'
import { inspect, viewOf } from '../package.test-view.ts'
import { recognise } from '../recognise.ts'

const predict = 'from cog import Input\ndef run(text: str = Input()) -> str:\n    return text\n'
const cog = (yaml: string, more: Record<string, string> = {}) =>
  inspect({ 'cog.yaml': yaml, 'predict.py': predict, ...more })

test('cog.yaml says what is installed, with which Python, and which variables it has', async () => {
  const { manifest, problems, warnings } = await cog(
    `build:
  python_version: 3.10
  python_packages: ["requests==2.32.3", "-f /x"]
  run: ["pip install --no-cache-dir dlib==19.24", {command: "curl -o /usr/local/bin/pget https://x"}]
  system_packages: ["ffmpeg", "git"]
environment: ["MODE=two words", "PATH=/x"]
predict: "predict.py:run"
`,
  )
  expect(problems).toEqual([])
  expect(manifest).toMatchObject({
    form: 'cog-package',
    entry: 'predict.py:run',
    launch: {
      install: ['requests==2.32.3', 'dlib==19.24'],
      env: { MODE: "'two words'" },
      start: 'python -m vitrine_runtime',
    },
  })
  const told = warnings.map(({ message }) => message)
  expect(told).toEqual(
    expect.arrayContaining([
      'system_packages of cog.yaml needs a container: ffmpeg; git',
      'run of cog.yaml needs a container: curl -o /usr/local/bin/pget https://x',
      'environment PATH of cog.yaml is not followed',
      'python_packages -f /x of cog.yaml is not followed',
    ]),
  )
})

test('the requirements file of cog.yaml is installed, wherever it is, and must be there', async () => {
  const yaml = 'build: {python_requirements: ./deps/cog.txt}\npredict: predict.py:run\n'
  const { manifest } = await cog(yaml, { 'deps/cog.txt': 'numpy\n' })
  expect(manifest?.launch?.requirements).toBe('deps/cog.txt')
  expect((await cog(yaml)).problems).toMatchObject([{ code: 'manifest.entry_missing', path: 'cog.yaml' }])
})

test('the key run of the current SDK names the predictor', async () => {
  expect((await cog('run: "predict.py:run"\n')).manifest?.entry).toBe('predict.py:run')
  expect((await cog('run: "predict.py:Gone"\n')).problems).toMatchObject([{ code: 'manifest.entry_missing' }])
})

test('concurrency is told with the line that follows it', async () => {
  const { warnings } = await cog('concurrency: {max: 4}\nrun: "predict.py:run"\n')
  expect(warnings).toMatchObject([{ adds: { path: 'algorithm.yaml', lines: ['concurrency: 4'] } }])
  const followed = await cog('concurrency: {max: 4}\nrun: "predict.py:run"\n', {
    'algorithm.yaml': 'concurrency: 4\n',
  })
  expect([followed.manifest?.concurrency, followed.warnings]).toEqual([4, []])
})

test('a wish for a GPU is told, unless the machine has one', async () => {
  const yaml = 'build: {gpu: true, cuda: "11.8"}\npredict: predict.py:run\n'
  const { warnings } = await cog(yaml)
  expect(warnings).toMatchObject([
    { code: 'gpu.missing', message: 'cog.yaml asks for a GPU (CUDA 11.8), and this machine has none' },
  ])
  const view = viewOf({ 'cog.yaml': yaml, 'predict.py': predict })
  const onGpu = await recognise(view, { packageName: 'demo' }, { gpu: true })
  expect(onGpu.warnings).toEqual([])
})

test('an index behind a package is followed', async () => {
  const { manifest } = await cog(
    `build:
  python_packages: ["torch==2.1.0+cu121 --extra-index-url=https://download.pytorch.org/whl/cu121"]
  run: ["pip install -U 'gradio>=4' && pip install pillow"]
predict: predict.py:run
`,
  )
  expect(manifest?.launch?.install).toEqual([
    '--extra-index-url https://download.pytorch.org/whl/cu121',
    'torch==2.1.0+cu121',
    'gradio>=4',
    'pillow',
  ])
})
