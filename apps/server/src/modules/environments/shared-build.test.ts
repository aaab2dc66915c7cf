import { expect, test } from 'vitest'
import type { LocalisedText } from '../../lib/words.ts'
import { createSharedBuilds, type Waiter } from './shared-build.ts'

/** A waiter that records what it was told and can leave. */
function somebody() {
  const controller = new AbortController()
  const heard: LocalisedText[] = []
  const waiter: Waiter = {
    signal: controller.signal,
    report: async (message) => void heard.push(message),
  }
  return { waiter, heard, leave: () => controller.abort(new Error('cancelled')) }
}

/** A build that ends when the test says so, or when every waiter has left. */
function heldBuild() {
  let finish = () => {}
  const begun: Waiter[] = []
  const build = (everybody: Waiter) =>
    new Promise<void>((resolve, reject) => {
      begun.push(everybody)
      finish = resolve
      everybody.signal.addEventListener('abort', () => reject(everybody.signal.reason))
    })
  return { build, begun, finish: () => finish() }
}

test('a second waiter joins the running build and gets its progress', async () => {
  const builds = createSharedBuilds()
  const { build, begun, finish } = heldBuild()
  const [one, two] = [somebody(), somebody()]
  const both = [builds.join('x', one.waiter, build), builds.join('x', two.waiter, build)]
  await begun[0]?.report('half')
  finish()
  await Promise.all(both)
  expect([begun.length, one.heard, two.heard]).toEqual([1, ['half'], ['half']])
  expect(builds.has('x')).toBe(false)
})

test('a waiter that joins later is told at once what the build does', async () => {
  const builds = createSharedBuilds()
  const { build, begun, finish } = heldBuild()
  const [one, two] = [somebody(), somebody()]
  const first = builds.join('x', one.waiter, build)
  await begun[0]?.report('half')
  const second = builds.join('x', two.waiter, build)
  expect(two.heard).toEqual(['half'])
  finish()
  await Promise.all([first, second])
  expect([one.heard, two.heard]).toEqual([['half'], ['half']])
})

test('a waiter that leaves does not affect the others and gets no more progress', async () => {
  const builds = createSharedBuilds()
  const { build, begun, finish } = heldBuild()
  const [first, second] = [somebody(), somebody()]
  const left = builds.join('x', first.waiter, build)
  const stays = builds.join('x', second.waiter, build)
  first.leave()
  await expect(left).rejects.toThrow('cancelled')
  expect(begun[0]?.signal.aborted).toBe(false)
  await begun[0]?.report('half')
  finish()
  await stays
  expect([first.heard, second.heard]).toEqual([[], ['half']])
})

test('a waiter that cannot be told of the progress leaves with the reason, and the build goes on for the others', async () => {
  const builds = createSharedBuilds()
  const { build, begun, finish } = heldBuild()
  const [untold, stays] = [somebody(), somebody()]
  untold.waiter.report = () => Promise.reject(new Error('the database is away'))
  const left = builds.join('x', untold.waiter, build)
  const waits = builds.join('x', stays.waiter, build)
  await begun[0]?.report('half')
  await expect(left).rejects.toThrow('the database is away')
  expect([begun[0]?.signal.aborted, stays.heard]).toEqual([false, ['half']])
  finish()
  await waits
  const last = builds.join('y', untold.waiter, build)
  await begun[1]?.report('half')
  await expect(last).rejects.toThrow('the database is away')
  expect(begun[1]?.signal.aborted).toBe(true)
})

test('when the last waiter leaves, the build is aborted, and that waiter is told after the clean-up', async () => {
  const builds = createSharedBuilds()
  const order: string[] = []
  const only = somebody()
  const left = builds.join('x', only.waiter, async (everybody) => {
    await new Promise((resolve) => everybody.signal.addEventListener('abort', resolve))
    await new Promise((resolve) => setImmediate(resolve))
    order.push('cleaned up')
    throw everybody.signal.reason
  })
  only.leave()
  await expect(left.finally(() => order.push('told'))).rejects.toThrow('cancelled')
  expect(order).toEqual(['cleaned up', 'told'])
})

test('a waiter that comes while an aborted build cleans up gets a new build', async () => {
  const builds = createSharedBuilds()
  const [first, second] = [somebody(), somebody()]
  let cleaned = () => {}
  const aborted = new Promise<void>((resolve) => {
    const left = builds.join('x', first.waiter, async (everybody) => {
      everybody.signal.addEventListener('abort', () => resolve())
      await new Promise<void>((clean) => (cleaned = clean))
      throw new Error('aborted')
    })
    left.catch(() => {})
  })
  first.leave()
  await aborted
  let built = false
  const own = builds.join('x', second.waiter, async () => void (built = true))
  expect(built).toBe(false)
  cleaned()
  await own
  expect(built).toBe(true)
})

test('a failed build fails for every waiter, and the next build starts again', async () => {
  const builds = createSharedBuilds()
  const fail = async () => {
    throw new Error('no such package')
  }
  const all = [builds.join('x', somebody().waiter, fail), builds.join('x', somebody().waiter, fail)]
  for (const one of all) await expect(one).rejects.toThrow('no such package')
  await builds.join('x', somebody().waiter, async () => {})
})
