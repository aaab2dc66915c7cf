import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { viewFolder } from './package-view.ts'

test('a file whose name is no text, which git takes, is told as such and is no failure of the platform', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-view-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, 'data'))
  const name = Buffer.from([0x61, 0xff, 0xfe])
  await writeFile(Buffer.concat([Buffer.from(join(folder, 'data', '/')), name]), 'x')
  await expect(viewFolder(folder)).rejects.toMatchObject({
    code: 'upload.path_invalid',
    details: { entry: 'data/a\ufffd\ufffd' },
  })
})
