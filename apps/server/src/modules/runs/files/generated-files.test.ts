import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createGeneratedFiles } from './generated-files.ts'

const fileOf = (name: string, content: string) => ({
  name,
  mime: 'text/plain',
  content: Buffer.from(content),
})

test('files of answers are read as they were kept, each is kept once, and none is left in the folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-made-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const made = createGeneratedFiles(folder)
  onTestFinished(() => made.end())
  expect(await made.add(fileOf('a', 'first'))).toBe(5)
  expect(await made.add(fileOf('b', 'the second'))).toBe(10)
  expect(await made.add(fileOf('a', 'again'))).toBe(0)
  const read = async (name: string) => {
    const found = made.read(name)
    return found && [await text(found.body), found.type]
  }
  expect(await read('b')).toEqual(['the second', 'text/plain'])
  expect(await read('a')).toEqual(['first', 'text/plain'])
  expect(await read('b')).toEqual(['the second', 'text/plain'])
  expect(await read('c')).toBeUndefined()
  // Nothing is left even if the platform is killed at this moment.
  expect(await readdir(folder)).toEqual([])
})
