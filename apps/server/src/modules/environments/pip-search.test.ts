import { expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { PipSearch } from './pip-search.ts'

const from = '(from sdk>=0.3->helper==0.1->chat->-r /work/requirements.txt (line 1))'
const look = (name: string) =>
  `INFO: pip is looking at multiple versions of ${name} to determine which version is compatible with other requirements. This could take a while.`
const release = (name: string, at: number) =>
  `  Downloading ${name.replaceAll('-', '_')}-0.${at}-py3-none-any.whl (9 kB)`
const searching = [
  'Collecting chat (from -r /work/requirements.txt (line 1))',
  '  Downloading chat-2.0-py3-none-any.whl (90 kB)',
  `Collecting otel-threads>=0.5 ${from}`,
  release('otel-threads', 20),
  look('otel-threads'),
  ...Array.from({ length: 11 }, (_one, at) => release('otel-threads', 19 - at)),
]
const read = (lines: readonly string[]) => {
  const search = new PipSearch()
  const told = lines.flatMap((line) => search.take(line)?.en ?? [])
  return { search, told }
}

test('a search is told with what wants the package, and how many releases were tried', () => {
  const way = 'chat of the requirements needs it (chat → helper → sdk → otel-threads)'
  expect(read(searching).told).toEqual([
    `pip tries the releases of otel-threads one after the other, 1 so far: ${way}`,
    `pip tries the releases of otel-threads one after the other, 10 so far: ${way}`,
  ])
})

test('a search that does not end is told with the packages to pin', () => {
  const { search } = read(searching)
  expect(search.unsolved()?.en).toMatch(/^pip found no releases.*because chat of.*Pin releases of sdk, chat /)
  search.take('Installing collected packages: chat')
  expect(search.unsolved()).toBeNull()
})

test('a search that ended well is told with the releases that are not the first ones', () => {
  const { search } = read(searching)
  expect(search.spared('Successfully installed chat-2.0 helper-0.1 otel_threads-0.9')?.en).toMatch(
    /^pip tried 12 releases.*: otel_threads==0\.9$/,
  )
  expect(new PipSearch().spared('Successfully installed chat-2.0')).toBeNull()
})

test('pip that takes the first release of each package says nothing', () => {
  const { search, told } = read(searching.slice(0, 4))
  expect([told, search.unsolved()]).toEqual([[], null])
})

test('long lines cost no time', () => {
  const line = `Collecting ${'a'.repeat(900)}${'->'.repeat(400)}`
  const before = threadTimeMs()
  read(Array.from({ length: 1_000 }, () => line))
  expect(threadTimeMs() - before).toBeLessThan(500)
})
