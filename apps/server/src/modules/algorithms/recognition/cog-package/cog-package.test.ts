import { expect, test } from 'vitest'
import { inspect } from '../package.test-view.ts'

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
})
