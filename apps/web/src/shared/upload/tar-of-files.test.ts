import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { tarOfFiles, type PlacedFile } from './tar-of-files.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'vitrine-tar-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const placed = (path: string, content: BlobPart, lastModified = 1_700_000_000_000): PlacedFile => ({
  path,
  file: new File([content], path.split('/').at(-1) ?? '', { lastModified }),
})

/** The files that the machine's tar extracts from an archive: their contents by path. */
const unpacked = async (archive: File): Promise<Record<string, string>> => {
  const file = join(folder, 'archive.tar')
  writeFileSync(file, Buffer.from(await archive.arrayBuffer()))
  execFileSync('tar', ['-xf', file, '-C', folder])
  execFileSync('chmod', ['-R', 'u+rw', folder])
  rmSync(file)
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
  const found = paths.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(found.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]))
}

test('tar unpacks what was packed: short, long and Chinese paths, empty files and whole blocks', async () => {
  const long = `pkg/${'folder/'.repeat(30)}weights.bin`
  const contents = {
    'pkg/ai_algorithm.py': 'def predict(): ...',
    'pkg/模型/权重 一.bin': 'x'.repeat(512),
    [long]: 'y'.repeat(1000),
    'pkg/empty.txt': '',
  }
  const archive = tarOfFiles(
    'pkg.tar',
    Object.entries(contents).map(([path, content]) => placed(path, content)),
  )
  expect(await unpacked(archive)).toEqual(contents)
})

test('the same files give an archive of the same name, date and bytes, so that an interrupted upload is found again', async () => {
  const pack = () => tarOfFiles('pkg.tar', [placed('pkg/a', 'a', 5000), placed('pkg/b', 'b', 9000)])
  const [first, second] = [pack(), pack()]
  expect(await second.arrayBuffer()).toEqual(await first.arrayBuffer())
  expect([first.name, first.lastModified, first.size]).toEqual(['pkg.tar', 9000, 3072])
})

test('a file of 8 GiB and more has its size in a record of its own', async () => {
  const huge = placed('pkg/huge.bin', 'x')
  Object.defineProperty(huge.file, 'size', { value: 8 * 1024 ** 3 })
  const start = await tarOfFiles('pkg.tar', [huge]).slice(0, 1024).text()
  expect(start).toContain('19 size=8589934592\n')
})
