import { constants } from 'node:buffer'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Manifest } from '@vitrine/contract'
import { scaffold } from './scaffold.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { servingRuntime } from '../instances/runtime-start.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrs-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Completes a package of these files as a deploy does. */
async function release(changes: Partial<Manifest>, own: Record<string, string> = {}): Promise<void> {
  for (const [name, text] of Object.entries(own)) await writeFile(join(folder, name), text)
  const files = scaffold({
    manifest: completeManifest(changes),
    serviceId: 'demo',
    release: 1,
    commit: 'c'.repeat(40),
    brings: new Set(Object.keys(own)),
    runtimeRequirements: '',
  })
  for (const file of files) await writeFile(join(folder, file.path), file.content)
}

const node = { runtime: 'node', form: 'node-package', entry: 'index.js' } as const
const server = 'import os\nport = int(os.environ["PORT"])\n'

test.each<[string, string, Partial<Manifest>]>([
  ['python', 'a single file', {}],
  ['python', 'a Python package', { form: 'python-package', entry: 'model.py:Model' }],
  ['python', 'a package for Cog', { form: 'cog-package', entry: 'predict.py:Predictor' }],
  ['node', 'a Node package', node],
])('the runtime for %s serves %s', async (runtime, _name, manifest) => {
  await release(manifest)
  expect(await servingRuntime(folder)).toBe(runtime)
})

test.each<[string, Partial<Manifest>, Record<string, string>]>([
  ['a command', { form: 'command', entry: 'python main.py' }, { 'main.py': server }],
  ['a package with its own start script', { form: 'python-package' }, { 'start.sh': 'python x.py $PORT\n' }],
  ['a Node package with its own start script', node, { 'start.sh': 'node server.js\n' }],
])('%s serves itself', async (_name, manifest, own) => {
  await release(manifest, own)
  expect(await servingRuntime(folder)).toBeNull()
})

test('a package whose start script is longer than any text can be serves itself', async () => {
  await release({ form: 'command', entry: 'sh start.sh' }, { 'start.sh': 'exec true\n' })
  await truncate(join(folder, 'start.sh'), constants.MAX_STRING_LENGTH + 1)
  expect(await servingRuntime(folder)).toBeNull()
})

test('a folder without files serves nothing', async () => {
  expect(await servingRuntime(folder)).toBeNull()
})
