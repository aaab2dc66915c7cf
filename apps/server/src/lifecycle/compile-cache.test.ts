import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeOldCompileCache } from './compile-cache.ts'

test('only what this build has compiled stays in the data folder, and nothing else is touched', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-compiled-'))
  const compiled = join(root, 'compiled')
  try {
    await removeOldCompileCache({ compiled }, join(compiled, 'none-yet'))
    for (const name of ['old', 'new', 'older']) await mkdir(join(compiled, name, 'v24'), { recursive: true })
    await removeOldCompileCache({ compiled }, undefined)
    await removeOldCompileCache({ compiled }, join(root, 'dist', 'new'))
    expect((await readdir(compiled)).toSorted()).toEqual(['new', 'old', 'older'])
    await removeOldCompileCache({ compiled }, join(compiled, 'new'))
    expect(await readdir(compiled)).toEqual(['new'])
    expect(await readdir(root)).toEqual(['compiled'])
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
