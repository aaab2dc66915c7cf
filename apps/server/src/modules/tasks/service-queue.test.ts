import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createServiceQueue } from './service-queue.ts'

test('work on a service waits for earlier work, and later work waits for it, even if it fails', async () => {
  const queue = createServiceQueue()
  const order: string[] = []
  const first = queue.enter('a')
  await first.take()
  const between = queue.inTurn('a', async () => {
    order.push('between')
    throw new Error('it fails')
  })
  const last = queue.inTurn('a', async () => order.push('last'))
  order.push('first')
  first.end()
  await expect(between).rejects.toThrow('it fails')
  await last
  expect(order).toEqual(['first', 'between', 'last'])
})

test('work on one service does not wait for work on another, nor work that belongs to none', async () => {
  const queue = createServiceQueue()
  await queue.enter('a').take()
  expect(await queue.inTurn('b', async () => 'done')).toBe('done')
  await queue.enter(null).take()
})

test('a service is untouched only since a moment after its last work has ended', async () => {
  const queue = createServiceQueue()
  const before = queue.now()
  const work = queue.inTurn('a', async () => null)
  expect(queue.isUntouched('a', queue.now())).toBe(false)
  await work
  expect([queue.isUntouched('a', before), queue.isFree('a', before)]).toEqual([false, false])
  expect([queue.isUntouched('a', queue.now()), queue.isFree('a', queue.now())]).toEqual([true, true])
  expect(queue.isUntouched('b', before)).toBe(true)
})

test('a service on which work waits without its turn is free for preemptible work, and not touched for others', async () => {
  const queue = createServiceQueue()
  const waiting = queue.enter('a')
  expect([queue.isUntouched('a', queue.now()), queue.isFree('a', queue.now())]).toEqual([false, true])
  await waiting.take()
  expect(queue.isFree('a', queue.now())).toBe(false)
  waiting.end()
  expect(queue.isFree('a', queue.now())).toBe(true)
})

test('patient work waits for preemptible work, which gives way as soon as other work is queued behind both', async () => {
  const queue = createServiceQueue()
  let hasGivenWay = false
  const preemptible = queue.enterPreemptible('a', () => {
    hasGivenWay = true
    preemptible.end()
  })
  await preemptible.take()
  const repair = queue.inTurn('a', async () => hasGivenWay, { patient: true })
  await queue.enter('b').take()
  expect(hasGivenWay).toBe(false)
  const person = queue.inTurn('a', async () => 'person')
  expect(await repair).toBe(true)
  expect(await person).toBe('person')
})

test('preemptible work that comes while other work has the turn gives way, and undoes what it has done only after that has ended', async () => {
  const queue = createServiceQueue()
  const order: string[] = []
  const deploy = queue.enter('a')
  await deploy.take()
  const late = queue.enterPreemptible('a', () => order.push('gives way'))
  const undone = late.take().then(() => {
    order.push('undone')
    late.end()
  })
  const next = queue.inTurn('a', async () => order.push('next'))
  // Each turn of the event loop lets everything go on that waits for nothing.
  await setImmediate()
  order.push('deployed')
  deploy.end()
  await Promise.all([undone, next])
  expect(order).toEqual(['gives way', 'deployed', 'gives way', 'undone', 'next'])
})
