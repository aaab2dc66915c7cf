import { expect, test } from 'vitest'
import { createServiceQueue } from './service-queue.ts'

test('work on a service waits for earlier work, and later work waits for it, even if it fails', async () => {
  const queue = createServiceQueue()
  const order: string[] = []
  let finish = () => {}
  queue.addTurn(
    'a',
    new Promise<void>((resolve) => (finish = resolve)).then(() => void order.push('first')),
  )
  const between = queue.inTurn('a', async () => {
    order.push('between')
    throw new Error('it fails')
  })
  const last = queue.inTurn('a', async () => order.push('last'))
  finish()
  await expect(between).rejects.toThrow('it fails')
  await last
  expect(order).toEqual(['first', 'between', 'last'])
})

test('work on one service does not wait for work on another', async () => {
  const queue = createServiceQueue()
  queue.addTurn('a', new Promise<void>(() => {}))
  expect(await queue.inTurn('b', async () => 'done')).toBe('done')
})

test('a service is untouched only since a moment after its last work has ended', async () => {
  const queue = createServiceQueue()
  const before = queue.now()
  const work = queue.inTurn('a', async () => null)
  expect(queue.isUntouched('a', queue.now())).toBe(false)
  await work
  await queue.after('a')
  expect(queue.isUntouched('a', before)).toBe(false)
  expect(queue.isUntouched('a', queue.now())).toBe(true)
  expect(queue.isUntouched('b', before)).toBe(true)
})
