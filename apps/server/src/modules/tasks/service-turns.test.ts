import { expect, test } from 'vitest'
import { createServiceTurns } from './service-turns.ts'

test('work on a service waits for earlier work, and later work waits for it, even if it fails', async () => {
  const turns = createServiceTurns()
  const order: string[] = []
  let finish = () => {}
  turns.addTurn(
    'a',
    new Promise<void>((resolve) => (finish = resolve)).then(() => void order.push('first')),
  )
  const between = turns.inTurn('a', async () => {
    order.push('between')
    throw new Error('it fails')
  })
  const last = turns.inTurn('a', async () => order.push('last'))
  finish()
  await expect(between).rejects.toThrow('it fails')
  await last
  expect(order).toEqual(['first', 'between', 'last'])
})

test('work on one service does not wait for work on another', async () => {
  const turns = createServiceTurns()
  turns.addTurn('a', new Promise<void>(() => {}))
  expect(await turns.inTurn('b', async () => 'done')).toBe('done')
})

test('a service is untouched only since a moment after its last work has ended', async () => {
  const turns = createServiceTurns()
  const before = turns.now()
  const work = turns.inTurn('a', async () => null)
  expect(turns.isUntouched('a', turns.now())).toBe(false)
  await work
  await turns.after('a')
  expect(turns.isUntouched('a', before)).toBe(false)
  expect(turns.isUntouched('a', turns.now())).toBe(true)
  expect(turns.isUntouched('b', before)).toBe(true)
})
