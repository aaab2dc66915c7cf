import { expect, test } from 'vitest'
import { adaptiveLimit } from './adaptive-limit.ts'
import { waitFor } from './wait-for.ts'

/** Work that ends when the test says so, and a count of how many pieces run at once. */
function stage() {
  const ends: (() => void)[] = []
  let running = 0
  return {
    ends,
    running: () => running,
    work: async () => {
      running += 1
      await new Promise<void>((resolve) => ends.push(resolve))
      running -= 1
    },
  }
}

const until = async (isSo: () => boolean) => {
  if (!(await waitFor(isSo, { timeoutMs: 30_000, everyMs: 2 }))) throw new Error('it does not come to that')
}

test('each quick piece allows two more to run at once, up to the maximum', async () => {
  const { ends, running, work } = stage()
  const run = adaptiveLimit({ first: 2, most: 5, slowMs: 60_000 })
  const all = Promise.all(Array.from({ length: 30 }, () => run(work)))
  await until(() => running() === 2)
  ends.shift()?.()
  await until(() => running() === 4)
  ends.shift()?.()
  await until(() => running() === 5)
  for (let ended = 2; ended < 30; ended++) {
    await until(() => ends.length > 0)
    expect(running()).toBeLessThanOrEqual(5)
    ends.shift()?.()
  }
  await all
})

test('if all pieces are slow, the number that run at once does not grow', async () => {
  const { ends, running, work } = stage()
  const run = adaptiveLimit({ first: 2, most: 50, slowMs: 20 })
  const all = Promise.all(Array.from({ length: 6 }, () => run(work)))
  for (let ended = 0; ended < 6; ended++) {
    await until(() => ends.length > 0)
    const since = performance.now()
    await until(() => performance.now() - since > 40)
    expect(running()).toBeLessThanOrEqual(2)
    ends.shift()?.()
  }
  await all
})

test('a piece that takes longer only because more run beside it is not slow', async () => {
  const { ends, running, work } = stage()
  const run = adaptiveLimit({ first: 1, most: 3, slowMs: 100 })
  const all = Promise.all(Array.from({ length: 9 }, () => run(work)))
  await until(() => running() === 1)
  ends.shift()?.()
  await until(() => running() === 3)
  // Longer than the limit for one piece alone, but shorter than the limit for one of three.
  const since = performance.now()
  await until(() => performance.now() - since > 150)
  for (let ended = 1; ended < 7; ended++) {
    ends.shift()?.()
    await until(() => running() === 3)
  }
  for (const end of ends) end()
  await all
})

test('a piece that fails gives its place to the next', async () => {
  const run = adaptiveLimit({ first: 1, most: 1, slowMs: 60_000 })
  await expect(run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await run(async () => 'next')).toBe('next')
})
