import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { addLines } from './add-lines.ts'
import { defaultUploadLimits } from './upload-limits.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-add-lines-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function changed(text: string, change: { lines: string[]; replaces?: string }): Promise<string> {
  const file = join(folder, 'requirements.txt')
  await writeFile(file, text)
  await addLines(folder, [{ path: 'requirements.txt', ...change }], defaultUploadLimits)
  return readFile(file, 'utf8')
}

test('lines are added at the end, each once', async () => {
  expect(await changed('a==1\nb', { lines: ['b', 'c'] })).toBe('a==1\nb\nc\n')
})

test('lines take the place of one, whatever its comment says', async () => {
  expect(await changed('a==1  # old\nb\na==1\n', { lines: ['a==2'], replaces: 'a==1' })).toBe('a==2\nb\n')
})

test.each([{}, { replaces: 'b' }])(
  'a file of the largest size is read at once, whatever separators its line has: %j',
  async (more) => {
    const end = '\u2028x'
    const line = ' #'.repeat((2 ** 20 - Buffer.byteLength(end)) / 2) + end
    const before = threadTimeMs()
    expect(await changed(line, { lines: ['a'], ...more })).toBe(`${line}\na\n`)
    expect(threadTimeMs() - before).toBeLessThan(1_000)
  },
)
