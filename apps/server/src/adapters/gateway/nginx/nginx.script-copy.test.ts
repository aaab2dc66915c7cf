import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { copiedScript } from './nginx.script-copy.ts'

test('a copy of the script that was cut off is made again, and a whole one stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-test-script-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const script = join(folder, 'built.js')
  await writeFile(script, 'export default {}')
  const copied = () => copiedScript(script, folder, 'js')
  const copy = await copied()
  const { ino } = await stat(copy)
  expect((await stat(await copied())).ino).toBe(ino)
  await truncate(copy)
  expect(await readFile(await copied(), 'utf8')).toBe('export default {}')
  expect((await readdir(folder)).toSorted()).toEqual(['built.js', basename(copy)])
})
