import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { rotationOf, upkeepOf } from './nginx.upkeep.ts'

let now: number
/** What fails, and what was done and told, in order. */
let failing: Set<string>
let done: string[]
beforeEach(() => {
  now = 0
  failing = new Set()
  done = []
})

const work = (name: string) => async () => {
  done.push(name)
  if (failing.has(name)) throw new Error(`${name} failed`)
}
const upkeep = () =>
  upkeepOf([work('ports'), work('log')], {
    pauseMs: 500,
    longestPauseMs: 2_000,
    onTrouble: (error) => done.push(String(error)),
    now: () => now,
  })
/** Does what is due at a time. Returns what was done. */
const doneAt = async (tend: () => Promise<void>, at: number) => {
  done = []
  now = at
  await tend()
  return done
}

test('a failure keeps no other work, is told once, and is tried again after pauses that grow to a bound', async () => {
  const tend = upkeep()
  failing.add('ports')
  expect(await doneAt(tend, 0)).toEqual(['ports', 'log', 'Error: ports failed'])
  expect(await doneAt(tend, 499)).toEqual([])
  const again = ['ports', 'log']
  expect(await doneAt(tend, 500)).toEqual(again)
  expect([await doneAt(tend, 1_499), await doneAt(tend, 1_500)]).toEqual([[], again])
  expect([await doneAt(tend, 3_499), await doneAt(tend, 3_500)]).toEqual([[], again])
  expect([await doneAt(tend, 5_499), await doneAt(tend, 5_500)]).toEqual([[], again])
})

test('after it has succeeded, it is done each time, and the next failure is told again', async () => {
  const tend = upkeep()
  failing.add('log')
  await doneAt(tend, 0)
  failing.clear()
  expect(await doneAt(tend, 500)).toEqual(['ports', 'log'])
  expect(await doneAt(tend, 501)).toEqual(['ports', 'log'])
  failing.add('log')
  expect(await doneAt(tend, 502)).toEqual(['ports', 'log', 'Error: log failed'])
})

test('a rotated log that could not be opened anew is opened by the next call', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-upkeep-'))
  const path = join(folder, 'access.log')
  await writeFile(path, 'more than ten bytes')
  const answers = ['refused', 'opened']
  const opened: (string | undefined)[] = []
  const rotate = rotationOf(path, 10, async () => {
    opened.push(answers.shift())
    if (opened.length === 1) throw new Error('nginx refused')
  })
  await expect(rotate()).rejects.toThrow('nginx refused')
  await rotate()
  await rotate()
  expect(opened).toEqual(['refused', 'opened'])
  await rm(folder, { recursive: true })
})

test('a rotated log that an earlier control plane could not have opened anew is opened, once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-upkeep-'))
  const path = join(folder, 'access.log')
  await writeFile(`${path}.1`, 'nginx still writes here')
  let opened = 0
  const rotate = rotationOf(path, 10, async () => {
    opened += 1
  })
  await rotate()
  await rotate()
  expect(opened).toBe(1)
  await rm(folder, { recursive: true })
})

test('neither a log that is there nor one that has not begun is opened anew', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vitrine-upkeep-'))
  const path = join(folder, 'access.log')
  let opened = 0
  const reopen = async () => {
    opened += 1
  }
  await rotationOf(path, 10, reopen)()
  await writeFile(path, 'new')
  await writeFile(`${path}.1`, 'rotated and done')
  await rotationOf(path, 10, reopen)()
  expect(opened).toBe(0)
  await rm(folder, { recursive: true })
})
