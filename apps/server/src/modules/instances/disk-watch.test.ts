import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { folderBytes, type FolderSize } from '../../lib/folder-sizes.ts'
import { diskUse } from './disk-use.ts'
import { createDiskWatch } from './disk-watch.ts'

const mebibyte = 1024 ** 2
let folder: string
let ids: string[]
const errors: unknown[] = []
const of = (id: string) => [join(folder, id, 'work'), join(folder, id, 'media')]
const watch = () =>
  createDiskWatch({
    limitBytes: 3 * mebibyte,
    services: async () => ids.map((id) => ({ id, runs: true })),
    async measure(asked, options) {
      if (asked.includes('broken')) throw new Error('no disk')
      const services = asked.map((id) => ({ id, folders: of(id), pids: [] }))
      return diskUse(services, folder, options)
    },
    onError: (error) => errors.push(error),
  })
/** Writes this many mebibytes, which take as much of the disk. */
const fill = async (id: string, part: 0 | 1, size: number) => {
  const at = of(id)[part] ?? ''
  await mkdir(at, { recursive: true })
  await writeFile(join(at, 'data'), Buffer.alloc(size * mebibyte, 'x'))
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-disk-watch-'))
  ids = ['one', 'two']
  errors.length = 0
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a service is full when both its folders together take more than they may, until they take less', async () => {
  const disk = watch()
  await fill('one', 0, 2)
  await disk.checkNow()
  expect(disk.fullOf('one')).toBeNull()
  await fill('one', 1, 2)
  await disk.checkNow()
  expect(disk.fullOf('one')?.en).toMatch(/take 4 MB, more than the ceiling of 3 MB/)
  expect(disk.fullOf('one')?.zh).toContain('占用 4 MB，超过上限 3 MB')
  expect(disk.fullOf('two')).toBeNull()
  await fill('one', 1, 0)
  await disk.checkNow()
  expect(disk.fullOf('one')).toBeNull()
  await disk.close()
})

test('what is not on this disk does not count: targets of links, and holes in files', async () => {
  const disk = watch()
  await fill('elsewhere', 0, 8)
  await fill('one', 0, 1)
  await symlink(of('elsewhere')[0] ?? '', join(of('one')[0] ?? '', 'link'))
  await writeFile(join(of('one')[0] ?? '', 'holes'), '')
  await truncate(join(of('one')[0] ?? '', 'holes'), 100 * mebibyte)
  await disk.checkNow()
  expect(disk.fullOf('one')).toBeNull()
  await disk.close()
})

test('a service that cannot be measured does not keep the others from it, and a deleted one is forgotten', async () => {
  const disk = watch()
  ids = ['broken', 'one']
  await fill('one', 0, 4)
  await disk.checkNow()
  expect(errors.map(String)).toEqual(['Error: no disk'])
  expect(disk.fullOf('one')).not.toBeNull()
  ids = []
  await disk.checkNow()
  expect(disk.fullOf('one')).toBeNull()
  await disk.close()
})

const second = 1_000
const minute = 60 * second
const hour = 60 * minute

/** A watch on services that take so long to measure, over so much time, which passes at once. */
function watchFor(
  spanMs: number,
  services: Record<string, { tookMs: number; size: () => FolderSize; runs: boolean }>,
) {
  let now = 0
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const until = async (signal: AbortSignal): Promise<never> => {
    if (!signal.aborted) await once(signal, 'abort')
    throw signal.reason
  }
  const times = new Map<string, number[]>()
  const groups: string[][] = []
  const disk = createDiskWatch({
    limitBytes: mebibyte,
    services: async () => Object.entries(services).map(([id, { runs }]) => ({ id, runs })),
    async measure(group, { signal, timeoutMs }) {
      const asked = group.map((id) => ({ id, tookMs: 0, size: () => 0, ...services[id] }))
      const tookMs = asked.reduce((sum, one) => sum + one.tookMs, 0)
      if (tookMs > timeoutMs && group.length > 1) {
        now += timeoutMs
        return new Map(group.map((id) => [id, 'too slow']))
      }
      groups.push([...group])
      for (const id of group) times.set(id, [...(times.get(id) ?? []), now])
      now += tookMs
      if (tookMs === Infinity) {
        finish()
        return until(signal)
      }
      return new Map(asked.map(({ id, size }) => [id, size()]))
    },
    onError: (error) => errors.push(error),
    time: {
      now: () => now,
      wait(ms, signal) {
        now += ms
        if (now < spanMs) return Promise.resolve()
        finish()
        return until(signal)
      },
    },
  })
  const run = async () => {
    disk.start()
    await finished
    await disk.close()
    expect(errors).toEqual([])
  }
  return { disk, run, groups, times: (id: string) => times.get(id) ?? [] }
}

test('what runs is measured every quarter of a minute, and what does not run once an hour', async () => {
  const one = { tookMs: 20, size: () => 0 }
  const { run, times } = watchFor(2.5 * hour, { busy: { ...one, runs: true }, idle: { ...one, runs: false } })
  await run()
  expect(times('idle')).toHaveLength(3)
  expect(times('busy').length).toBeGreaterThan(2.5 * 60 * 3)
})

test('a service that takes minutes to measure does not keep the others from being measured', async () => {
  const { run, times } = watchFor(hour, {
    slow: { tookMs: 5 * minute, size: () => 0, runs: true },
    quick: { tookMs: 20, size: () => 0, runs: true },
  })
  await run()
  expect(times('slow').length).toBeGreaterThan(2)
  expect(times('quick').length).toBeGreaterThan(60)
})

test('measuring takes a small part of the time, also of many services that do nothing', async () => {
  const many = Array.from({ length: 200 }, (_none, index) => `service-${index}`)
  const one = { tookMs: 10, size: () => 0, runs: true }
  const { run, times } = watchFor(10 * minute, Object.fromEntries(many.map((id) => [id, one])))
  await run()
  const counts = many.map((id) => times(id).length)
  // A round takes 200 × 21 × 10 ms.
  expect(Math.min(...counts)).toBeGreaterThanOrEqual((10 * minute) / (42 * second) - 1)
  expect(Math.max(...counts)).toBeLessThanOrEqual((10 * minute) / (42 * second) + 1)
})

test('small services are measured together, and one that takes long by itself', async () => {
  const quick = { tookMs: 5, size: () => 0, runs: true }
  const { disk, groups } = watchFor(hour, { a: quick, slow: { ...quick, tookMs: 10 * second }, b: quick })
  await disk.checkNow()
  expect(groups).toEqual([['a'], ['slow'], ['b']])
  groups.length = 0
  await disk.checkNow()
  expect(groups).toEqual([['a', 'b'], ['slow']])
  await disk.close()
})

test('as many are measured together as will take half of their time, so that few looks suffice for many small services', async () => {
  const tookMs = 8
  const many = Array.from({ length: 300 }, (_none, index) => [
    `s-${index}`,
    { tookMs, size: () => 0, runs: true },
  ])
  const { disk, groups } = watchFor(hour, Object.fromEntries(many))
  const counts = () => groups.splice(0).map(({ length }) => length)
  await disk.checkNow()
  expect(counts()).toEqual([50, 50, 50, 50, 50, 50])
  await disk.checkNow()
  expect(counts()).toEqual([125, 125, 50])
  await disk.close()
})

test('a service that cannot be measured in time is full, until it can be', async () => {
  let size: FolderSize = 'too slow'
  const { disk, run } = watchFor(hour, { many: { tookMs: 10 * minute, size: () => size, runs: true } })
  await disk.checkNow()
  expect(disk.fullOf('many')?.en).toMatch(/so many files that measuring them took too long/)
  expect(disk.fullOf('many')?.zh).toContain('文件太多')
  size = 10
  await run()
  expect(disk.fullOf('many')).toBeNull()
})

test('a full service is measured as if it ran, since it would run if it took less', async () => {
  let size = 2 * mebibyte
  const { disk, run, times } = watchFor(10 * minute, { full: { tookMs: 20, size: () => size, runs: false } })
  await disk.checkNow()
  size = 0
  await run()
  expect(times('full')).toHaveLength(2)
  expect(disk.fullOf('full')).toBeNull()
})

test('the watch closes at once while it measures, and takes that for no failure', async () => {
  const { run } = watchFor(hour, { endless: { tookMs: Infinity, size: () => 0, runs: true } })
  await run()
})

test('du that does not end in time says so', async () => {
  // It says of each that it is missing, and cannot end before it has been heard, which takes longer than its time.
  const folders = Array.from({ length: 100_000 }, () => 'no')
  expect(await folderBytes(folders, { timeoutMs: 1 })).toBe('too slow')
})
