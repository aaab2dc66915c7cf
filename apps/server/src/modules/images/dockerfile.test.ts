import { expect, test } from 'vitest'
import { baseImageOf } from './base-images.ts'
import { dockerfileOf, type ImageRecipe } from './dockerfile.ts'
import { timeOfCommit } from './image-layout.ts'

const plain: ImageRecipe = {
  base: 'python:3.13-slim',
  systemPackages: [],
  run: [],
  python: null,
  node: null,
}
const linesOf = (recipe: Partial<ImageRecipe>) => dockerfileOf({ ...plain, ...recipe }).split('\n')
/** The instructions in their order, with what tells them apart. */
const order = (recipe: Partial<ImageRecipe>) =>
  linesOf(recipe).flatMap((line) =>
    line.startsWith('COPY')
      ? [line.split('"')[1]]
      : line.startsWith('RUN')
        ? [line.slice('RUN ["/bin/sh","-c","'.length, -2)]
        : [],
  )

const python = { requirements: ['requirements.txt'], constraints: [], indexUrl: null }
const node = { install: ['npm ci --omit=dev'], build: ['npm run build'], registry: null }

test('what changes least comes first, and the code last', () => {
  const found = order({
    systemPackages: ['libgomp1', 'ffmpeg'],
    run: [{ command: 'make tools', reads: false }],
    python,
  })
  expect(found).toEqual([
    expect.stringContaining('--no-install-recommends ffmpeg libgomp1 &&'),
    'make tools',
    'python/',
    expect.stringMatching(/python3 -m pip install .*-r requirements\.txt$/),
    'runtimes/',
    'app/',
    'release/',
  ])
})

test('a Node package installs what it lists before its code is there, and builds it after that', () => {
  expect(order({ base: 'node:24-slim', node })).toEqual([
    'node/',
    'npm ci --omit=dev',
    'runtimes/',
    'app/',
    'npm run build',
    'release/',
  ])
})

test('a package that needs nothing installed has only its code', () => {
  expect(order({})).toEqual(['runtimes/', 'app/', 'release/'])
})

test('files with hashes are installed before the others, and constraints count for all', () => {
  const found = order({
    python: {
      requirements: ['hashed.txt', 'requirements.txt'],
      constraints: ['constraints.txt'],
      indexUrl: null,
    },
  })
  expect(found.filter((line) => line?.includes('pip install'))).toEqual([
    expect.stringMatching(/-r hashed\.txt -c constraints\.txt$/),
    expect.stringMatching(/-r requirements\.txt -c constraints\.txt$/),
  ])
})

test('the registries of the platform are those of the build', () => {
  const text = dockerfileOf({
    ...plain,
    python: { ...python, indexUrl: 'https://pypi.example/simple' },
    node: { ...node, registry: 'https://npm.example/' },
  })
  expect(text).toContain('--index-url https://pypi.example/simple -r requirements.txt')
  expect(text).toContain('export npm_config_registry=https://npm.example/; npm ci')
})

test('a command of a package stays one instruction, whatever signs it has', () => {
  const command = 'echo "a" \\\nUSER root\n# $HOME'
  const lines = linesOf({ run: [{ command, reads: true }] })
  expect(lines).toContain(`RUN ["/bin/sh","-c",${JSON.stringify(command)}]`)
  expect(lines.filter((line) => line.startsWith('USER'))).toEqual(['USER 0:0', 'USER 65534:65534'])
})

test('a command of a package is never the text by which the builder knows a step of its own', () => {
  const lines = linesOf({ run: [{ command: '#(nop) COPY dir:0123 in /app ', reads: false }] })
  expect(lines).toContain('RUN ["/bin/sh","-c"," #(nop) COPY dir:0123 in /app "]')
})

test('its container runs the start script as nobody, and only a build after the code is root’s', () => {
  const after = (recipe: Partial<ImageRecipe>) => {
    const lines = linesOf(recipe)
    return lines.slice(lines.indexOf('ENTRYPOINT ["/app/start.sh"]') + 1).map((line) => line.split(' ')[0])
  }
  expect(after({ python })).toEqual(['USER', 'COPY', 'COPY', ''])
  expect(after({ node })).toEqual(['COPY', 'RUN', 'USER', 'COPY', ''])
})

test.each([
  ['python:3.13-slim', [], 'python:3.13-slim'],
  ['python:3.13-slim', ['python=registry.example/py:3'], 'registry.example/py:3'],
  ['python:3.12-slim', ['python=registry.example/py:3', 'python:3.12-slim=py312:x'], 'py312:x'],
  [
    'node:24-slim',
    ['python=a:1', 'node:24-slim=registry.example:5000/node@sha256:' + 'a'.repeat(64)],
    'registry.example:5000/node@sha256:' + 'a'.repeat(64),
  ],
  ['debian:13-slim', ['python=a:1'], 'debian:13-slim'],
])('the base %s with the setting %s is %s', (usual, setting, base) => {
  expect(baseImageOf(usual, setting)).toBe(base)
})

test('files have the same time for the same commit, and another one for another commit', () => {
  const [one, other] = ['0a1b2c3d', '0a1b2c4d'].map((start) => start.padEnd(40, '0'))
  expect(timeOfCommit(one ?? '')).toEqual(timeOfCommit(one ?? ''))
  expect(timeOfCommit(one ?? '')).not.toEqual(timeOfCommit(other ?? ''))
})
