import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ifThere, readJsonIfThere } from './if-there.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-if-there-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a file that does not exist is null, and every other error stays one', async () => {
  expect(await ifThere(readFile(join(folder, 'none')))).toBeNull()
  await mkdir(join(folder, 'is-a-folder'))
  await expect(ifThere(readFile(join(folder, 'is-a-folder')))).rejects.toMatchObject({ code: 'EISDIR' })
})

test('a JSON file is read in its form, and a damaged one is an error, not an absent one', async () => {
  const path = join(folder, 'a.json')
  const form = z.object({ n: z.number() })
  expect(await readJsonIfThere(path, form)).toBeNull()
  await writeFile(path, '{"n":1}')
  expect(await readJsonIfThere(path, form)).toEqual({ n: 1 })
  await writeFile(path, '{"n":')
  await expect(readJsonIfThere(path, form)).rejects.toThrow(SyntaxError)
  await writeFile(path, '{"n":"1"}')
  await expect(readJsonIfThere(path, form)).rejects.toThrow(z.ZodError)
})
