import { expect, test } from 'vitest'
import { keyedQueue } from './keyed-queue.ts'

const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

test('work for one key runs one after the other, even after a failure; other keys do not wait', async () => {
  const queue = keyedQueue()
  const done: string[] = []
  const first = gate()
  const work = (name: string, wait?: Promise<void>) => async () => {
    await wait
    done.push(name)
    return name
  }
  const a = queue.run('a', async () => {
    await first.opened
    throw new Error('no')
  })
  const second = queue.run('a', work('second'))
  expect(await queue.run('b', work('other'))).toBe('other')
  expect(done).toEqual(['other'])
  first.open()
  await expect(a).rejects.toThrow('no')
  expect(await second).toBe('second')
})

test('settled waits for all queued work, and does not reject if the work does', async () => {
  const queue = keyedQueue()
  let done = 0
  const failing = queue.run('a', () => Promise.reject(new Error('no')))
  void queue.run('a', async () => done++)
  void queue.run('b', async () => done++)
  await queue.settled()
  expect(done).toBe(2)
  await expect(failing).rejects.toThrow('no')
})

test('a key is busy until all its work has ended', async () => {
  const queue = keyedQueue()
  const first = gate()
  expect(queue.isBusy('a')).toBe(false)
  const work = [queue.run('a', () => first.opened), queue.run('a', () => Promise.resolve())]
  expect([queue.isBusy('a'), queue.isBusy('b')]).toEqual([true, false])
  first.open()
  await work[0]
  expect(queue.isBusy('a')).toBe(true)
  await work[1]
  expect(queue.isBusy('a')).toBe(false)
})

test('work of one kind that waits does for all who ask for it meanwhile; what has begun does not', async () => {
  const queue = keyedQueue()
  const first = gate()
  const done: string[] = []
  const ask = (kind: string) => queue.runOnce('a', kind, async () => void done.push(kind))
  const begun = queue.runOnce('a', 'look', () => first.opened)
  await queue.run('b', async () => undefined)
  const all = [ask('look'), ask('look'), ask('other'), ask('look')]
  first.open()
  await Promise.all([begun, ...all])
  expect(done).toEqual(['look', 'other'])
  await ask('look')
  expect(done).toEqual(['look', 'other', 'look'])
})
