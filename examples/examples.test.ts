import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { inLanguage } from '@vitrine/contract'
import { parseManifestFile } from '../apps/server/src/modules/algorithms/recognition/manifest-file.ts'
import { han } from './in-english.ts'
import { recogniseExample } from './recognised-example.ts'

const root = import.meta.dirname
const pictures = new Set(['.jpg', '.jpeg', '.png', '.webp', '.svg', '.gif'])
const mostPictureBytes = 300_000

async function packages(): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
}

async function shipped(endings: ReadonlySet<string>): Promise<string[]> {
  const lists = await Promise.all(
    (await packages()).map((name) => readdir(join(root, name), { recursive: true, withFileTypes: true })),
  )
  return lists
    .flat()
    .filter((entry) => entry.isFile() && endings.has(extname(entry.name)))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.includes('node_modules'))
}

const recordings = new Set(['.flac', '.wav', '.mp3', '.g722', '.mp4', '.avi', '.webm'])
const mostFolderBytes = 3_000_000

/** Parsed with `manifestSource` of the contract. */
async function readManifest(name: string) {
  const { stated, problems } = parseManifestFile(
    'algorithm.yaml',
    await readFile(join(root, name, 'algorithm.yaml'), 'utf8'),
  )
  expect(problems).toEqual([])
  return stated
}

describe('every example', async () => {
  const names = await packages()

  test.each(names)('%s states everything that the stage shows of it', async (name) => {
    const manifest = await readManifest(name)
    expect(manifest.id).toBe(name)
    for (const field of ['name', 'description', 'task', 'input', 'parameters', 'output', 'cover'] as const)
      expect(manifest[field], field).toBeDefined()
    expect(manifest.quality?.length).toBeGreaterThan(0)
    expect(manifest.examples?.length).toBeGreaterThan(3)
    expect((await stat(join(root, name, manifest.cover ?? ''))).size).toBeLessThan(mostPictureBytes)
  })

  test.each(names)('%s has all texts for people in English too', async (name) => {
    const file = await readFile(join(root, name, 'borrowed.json'), 'utf8').catch(() => null)
    for (const { examples } of file === null ? [] : JSON.parse(file).files)
      for (const example of examples) expect(example.translations.en, example.name).not.toMatch(han)
    const {
      examples,
      result_words: words = {},
      ...rest
    } = inLanguage(await recogniseExample(join(root, name)), 'en')
    const shown = JSON.stringify([rest, examples.map((example) => example.name), Object.values(words)])
    expect(shown.split('"').filter((text) => han.test(text))).toEqual([])
  })

  test.each(names)('%s gives every parameter a default and a title', async (name) => {
    const { parameters } = await readManifest(name)
    const properties = Object.values(Object(parameters?.['properties']))
    expect(properties.length).toBeGreaterThan(0)
    for (const property of properties)
      expect(property).toMatchObject({ title: expect.any(String), default: expect.anything() })
  })

  test('has only small pictures, with source and licence in the readme', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const paths = await shipped(pictures)
    expect(paths.length).toBeGreaterThan(10)
    for (const path of paths) {
      expect((await stat(join(root, path))).size, path).toBeLessThan(mostPictureBytes)
      if (path.startsWith('text-classify/')) expect(readme).toContain(path)
      else expect(readme, path).toMatch(new RegExp(`\\| \`${path}\` \\|[^|]+\\|[^|]*\\w[^|]*\\|[^|]*\\w`))
    }
  })

  test('has only small sounds and videos, with source and licence in the readme', async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const paths = await shipped(recordings)
    expect(paths.length).toBeGreaterThan(6)
    const bytes = new Map<string, number>()
    for (const path of paths) {
      const [name = ''] = path.split('/')
      bytes.set(name, (bytes.get(name) ?? 0) + (await stat(join(root, path))).size)
      const listed = [path, path.replace(/[^/]+(?=\.)/u, '*')].some((as) => readme.includes(`| \`${as}\` |`))
      expect(listed, path).toBe(true)
    }
    for (const [name, size] of bytes) expect(size, name).toBeLessThan(mostFolderBytes)
  })
})
