import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Manifest } from '@vitrine/contract'
import { recogniserHere } from '../algorithms/recognition/recogniser.test-setup.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { packageImage } from './image-recipe.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-recipe-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function imageOf(files: Readonly<Record<string, string>>, manifest: Manifest) {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return packageImage({
    manifest,
    folder,
    baseImages: ['python=local/python:1'],
    readRequirements: (view, place) => recogniserHere().readRequirements('anna', view, place),
    runtimeRequirements: 'fastapi>=0.100\n',
    registries: { pip: null, npm: null },
  })
}

const launch = { folder: '', paths: [''], requirements: null, install: [], env: {}, start: 'node server.js' }

test('a package of the runtime needs what the runtime needs, and what it lists', async () => {
  const image = await imageOf({ 'requirements.txt': 'numpy==2.1\n' }, completeManifest())
  expect(image.recipe).toMatchObject({
    base: 'local/python:1',
    python: { requirements: ['requirements.txt'] },
    node: null,
  })
  expect(image.python.files).toEqual({ 'requirements.txt': 'fastapi>=0.100\nnumpy==2.1\n' })
})

test('a package with its own server has nothing of the runtime, and what pip reads of it comes along', async () => {
  const image = await imageOf(
    {
      'requirements.txt': './lib/tool\nflask\n',
      'lib/tool/pyproject.toml': '[project]\nname = "tool"\nversion = "1"\n',
    },
    completeManifest({
      form: 'wsgi-app',
      runtime: 'python',
      launch: { ...launch, requirements: 'requirements.txt' },
    }),
  )
  expect(image.python.paths).toEqual(['lib/tool'])
  expect(image.python.files['requirements.txt']).not.toContain('fastapi')
})

test('only the files that decide what npm installs come before the code', async () => {
  const image = await imageOf(
    {
      'package.json': '{"dependencies": {"express": "4"}, "scripts": {"build": "tsc"}}',
      'package-lock.json': '{}',
      'server.js': '',
    },
    completeManifest({
      form: 'node-server',
      runtime: 'node',
      launch: { ...launch, build: [{ folder: '', command: 'npm run build' }] },
    }),
  )
  expect(image.node.paths).toEqual(['package.json', 'package-lock.json'])
  expect(image.recipe.node).toMatchObject({
    install: [expect.stringMatching(/^npm ci --include=dev/)],
    build: [expect.stringMatching(/^npm run build/), expect.stringMatching(/^npm prune --omit=dev/)],
  })
})

test('a command of the package is given the files that it names', async () => {
  const image = await imageOf(
    { 'setup/tools.sh': '', 'data.bin': '' },
    completeManifest({ image: { system_packages: [], run: ['bash ./setup/tools.sh && ls', 'make all'] } }),
  )
  expect(image.recipe.run).toEqual([
    { command: 'bash ./setup/tools.sh && ls', reads: true },
    { command: 'make all', reads: false },
  ])
  expect(image.run.map(({ paths }) => paths)).toEqual([['setup/tools.sh'], []])
})

test.each(['ffmpeg; rm -rf /', '--allow-unauthenticated', 'a\nb', '$(id)', 'Ffmpeg'])(
  '%j is no package of Debian',
  async (name) => {
    const manifest = completeManifest({ image: { system_packages: [name], run: [] } })
    await expect(imageOf({}, manifest)).rejects.toMatchObject({ code: 'deploy.system_package_invalid' })
  },
)
