import { createHash } from 'node:crypto'
import { access, appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { withBorrowedMedia } from './borrowed-media.ts'

let root: string
let folder: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vitrine-borrowed-'))
  folder = join(root, 'walkers')
  await mkdir(join(folder, 'examples'), { recursive: true })
  await writeFile(
    join(folder, 'algorithm.yaml'),
    'id: walkers\nexamples:\n  - name: own\n    input_data: [own.avi]\n',
  )
})
afterEach(() => rm(root, { recursive: true }))

async function borrow(content: string, file = 'examples/street.avi') {
  const examples = [{ name: 'street', translations: { zh: '街' }, parameters: { method: 'fast' } }]
  const sha256 = createHash('sha256').update(content).digest('hex')
  const entry = { file, from: join(root, 'street.avi'), package: 'street-doc', sha256, examples }
  await writeFile(join(folder, 'borrowed.json'), JSON.stringify({ files: [entry] }))
}

const seen = () =>
  withBorrowedMedia(folder, async (given) => {
    const { examples, translations } = parse(await readFile(join(given, 'algorithm.yaml'), 'utf8'))
    const media = await readFile(join(given, 'examples', 'street.avi'), 'utf8').catch(() => null)
    return { given, media, examples, translations }
  })

test('copies the package with a borrowed file and its examples in the first place, and removes the copy afterwards', async () => {
  await borrow('people')
  await writeFile(join(root, 'street.avi'), 'people')
  const { given, media, examples } = await seen()
  expect(media).toBe('people')
  expect(examples).toEqual([
    { name: 'street', input_data: ['examples/street.avi'], parameters: { method: 'fast' } },
    { name: 'own', input_data: ['own.avi'] },
  ])
  expect(basename(given)).toBe('walkers')
  expect(given).not.toBe(folder)
  await expect(access(given)).rejects.toThrow()
  expect(await readFile(join(folder, 'algorithm.yaml'), 'utf8')).not.toContain('street')
})

test('adds the translated names of borrowed examples to the package’s own translations', async () => {
  await borrow('people')
  await writeFile(join(root, 'street.avi'), 'people')
  expect((await seen()).translations).toEqual({ zh: { street: '街' } })
  const own = 'description: &description Walkers\ntranslations:\n  zh:\n    *description : 行人\n'
  await appendFile(join(folder, 'algorithm.yaml'), own)
  expect((await seen()).translations).toEqual({ zh: { Walkers: '行人', street: '街' } })
})

test('leaves out a file that this machine lacks or has with other contents', async () => {
  await borrow('people')
  expect((await seen()).examples).toEqual([{ name: 'own', input_data: ['own.avi'] }])
  await writeFile(join(root, 'street.avi'), 'somebody else')
  expect(await seen()).toMatchObject({ given: folder, media: null })
})

test('uses a folder that borrows nothing as it is, and refuses to write outside it', async () => {
  expect((await seen()).given).toBe(folder)
  await borrow('people', '../outside.avi')
  await expect(seen()).rejects.toThrow('leaves the package')
})
