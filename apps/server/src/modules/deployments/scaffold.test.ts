import { expect, test } from 'vitest'
import type { LaunchPlan, Manifest } from '@vitrine/contract'
import { completeManifest } from '../releases/releases.test-world.ts'
import { scaffold, sharedConfig } from './scaffold.ts'

const build = (manifest: Manifest, brings: string[] = []) =>
  scaffold({
    manifest,
    serviceId: 'demo',
    release: 3,
    commit: 'c'.repeat(40),
    brings: new Set(brings),
    runtimeRequirements: 'fastapi\n',
  })
const paths = (manifest: Manifest, brings?: string[]) => build(manifest, brings).map(({ path }) => path)
const start = (manifest: Manifest) => build(manifest).find(({ path }) => path === 'start.sh')

test('a single file is completed to the standard layout', () => {
  expect(paths(completeManifest())).toEqual(['start.sh', 'config.py', 'requirements.txt', 'vitrine.json'])
})

test('files of the package are kept', () => {
  const brings = ['start.sh', 'requirements.txt', 'main.py', 'ai_algorithm.py']
  expect(paths(completeManifest(), brings)).toEqual(['config.py', 'vitrine.json'])
})

test('vitrine.json is always written by the platform, and says which release this is', () => {
  const manifest = completeManifest()
  const file = build(manifest, ['vitrine.json']).at(-1)
  expect(file?.path).toBe('vitrine.json')
  expect(JSON.parse(file?.content ?? '')).toEqual({
    manifest,
    service_id: 'demo',
    release: 3,
    commit: 'c'.repeat(40),
  })
})

const launch: LaunchPlan = {
  folder: '',
  paths: [''],
  requirements: null,
  install: [],
  env: {},
  start: 'python -m uvicorn main:app --host "$HOST" --port "$PORT"',
}

test('a package with its own server gets no file that its imports could find', () => {
  const manifest = completeManifest({ form: 'asgi-app', entry: 'main.py:app', launch })
  expect(paths(manifest)).toEqual(['start.sh', 'vitrine.json'])
})

test('a package below a folder of a repository runs in that folder, and imports from where its code is', () => {
  const own = { ...launch, folder: 'my api', paths: ['my api/src', 'my api'], env: { A_PORT: '"$PORT"' } }
  const manifest = completeManifest({ form: 'asgi-app', entry: 'my api/src/main.py:app', launch: own })
  expect(start(manifest)?.content.split('\n').slice(2)).toEqual([
    'cd "$(dirname "$0")" || exit 1',
    '. venv/bin/activate',
    `export PYTHONPATH="$PWD"/'my api/src':"$PWD"/'my api':"$PYTHONPATH"`,
    'export A_PORT="$PORT"',
    "cd 'my api' || exit 1",
    'exec python -m uvicorn main:app --host "$HOST" --port "$PORT"',
    '',
  ])
})

test('a folder that a program writes to is made in the work folder of the service before it starts', () => {
  const manifest = completeManifest({ form: 'wsgi-app', launch: { ...launch, writes: ['my app/instance'] } })
  expect(start(manifest)?.content).toContain(`\nmkdir -p "$HOME"/'kept/my app/instance' || exit 1\n`)
})

test('for a file that a program writes, the folder that it is in is made', () => {
  const files = ['.key', 'data/a.db', 'data/b.db']
  const manifest = completeManifest({ form: 'python-app', launch: { ...launch, writes_files: files } })
  const lines = start(manifest)?.content.split('\n') ?? []
  expect(lines.filter((line) => line.startsWith('mkdir'))).toEqual([
    'mkdir -p "$HOME"/kept || exit 1',
    'mkdir -p "$HOME"/kept/data || exit 1',
  ])
})

test.each([
  ['node server.js', 'exec node server.js'],
  ['NODE_ENV=production node server.js', 'exec env NODE_ENV=production node server.js'],
  ['node migrate.js && node server.js', 'node migrate.js && node server.js'],
])('the command %s ends the script as %s', (command, last) => {
  const own = { ...launch, paths: [], start: command }
  const manifest = completeManifest({ runtime: 'node', form: 'node-server', launch: own })
  expect(start(manifest)?.content.endsWith(`|| exit 1\n${last}\n`)).toBe(true)
})

test('a Node package gets no Python files', () => {
  const node = completeManifest({ runtime: 'node', form: 'node-package', entry: 'index.js' })
  expect(paths(node)).toEqual(['start.sh', 'vitrine.json'])
})

test.each<[Manifest['form'], Manifest['runtime'], string, string]>([
  [
    'single-file',
    'python',
    'ai_algorithm.py:Algorithm',
    '. venv/bin/activate\nexec python -m vitrine_runtime\n',
  ],
  ['python-package', 'python', 'model.py:Model', '. venv/bin/activate\nexec python -m vitrine_runtime\n'],
  ['cog-package', 'python', 'predict.py:Predictor', '. venv/bin/activate\nexec python -m vitrine_runtime\n'],
  ['node-package', 'node', 'index.js', 'exec node "$VITRINE_RUNTIMES/node/main.js"\n'],
  ['command', 'python', 'python server.py', '. venv/bin/activate\nexec python server.py\n'],
  ['command', 'command', './serve --fast', 'exec ./serve --fast\n'],
])('%s of %s is started as one process that signals reach', (form, runtime, entry, ending) => {
  const file = start(completeManifest({ form, runtime, entry }))
  expect(file?.content.endsWith(`|| exit 1\n${ending}`)).toBe(true)
  expect(file?.mode).toBe(0o755)
})

test('the shared settings contain the front port of every service that has one', () => {
  const files = sharedConfig([
    { id: 'text-classify', frontPort: 8001 },
    { id: 'hidden', frontPort: null },
    { id: 'image-recog', frontPort: 8002 },
  ])
  const ports = files.find(({ path }) => path === 'ports.py')?.content
  expect(ports).toContain('SERVICE_PORTS = {\n    "text-classify": 8001,\n    "image-recog": 8002,\n}\n')
})
