import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { dataPaths } from '../lib/paths.ts'
import { removeLeftUploads } from './left-uploads.ts'

test('what a killed control plane was receiving is removed, and uploads that can be resumed stay', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vitrine-left-uploads-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  const paths = dataPaths(root)
  await mkdir(paths.arriving, { recursive: true })
  await writeFile(join(paths.arriving, 'half'), 'half of a file')
  await writeFile(join(paths.uploads, 'asset-1'), 'media')
  await writeFile(join(paths.uploads, 'run-file-1'), 'a result')
  await mkdir(join(paths.uploads, 'package', 'content', 'src'), { recursive: true })
  await writeFile(join(paths.uploads, 'package', 'content', 'src', 'main.py'), '')
  const warned: unknown[] = []
  await removeLeftUploads(paths, { warn: (...line: unknown[]) => void warned.push(line) })
  expect(await readdir(paths.uploads)).toEqual(['arriving'])
  expect(await readdir(paths.arriving)).toEqual(['half'])
  expect(warned).toEqual([])
})
