import { expect, test } from 'vitest'
import { EventQueue } from './event-queue.ts'

async function all<T>(queue: EventQueue<T>): Promise<T[]> {
  const values: T[] = []
  for await (const value of queue) values.push(value)
  return values
}

test('the reader gets all values in order, whether they were pushed before or during reading, until the end', async () => {
  const queue = new EventQueue<number>()
  queue.push(1)
  const read = all(queue)
  await Promise.resolve()
  queue.push(2)
  queue.push(3)
  queue.end()
  expect(await read).toEqual([1, 2, 3])
})

test('values pushed after the end are not read', async () => {
  const queue = new EventQueue<number>()
  queue.push(1)
  queue.end()
  queue.push(2)
  expect(await all(queue)).toEqual([1])
})

test('the reader gets an error next, even if it is already waiting', async () => {
  const queue = new EventQueue<number>()
  const read = all(queue)
  await Promise.resolve()
  queue.fail(new Error('gone'))
  await expect(read).rejects.toThrow('gone')
})

test('a value replaces the waiting values that it supersedes', async () => {
  const queue = new EventQueue<{ id: string; at: number }>()
  const sameId = (value: { id: string }) => (waiting: { id: string }) => waiting.id === value.id
  for (const value of [
    { id: 'a', at: 1 },
    { id: 'b', at: 1 },
    { id: 'a', at: 2 },
  ])
    queue.push(value, sameId(value))
  queue.end()
  expect(await all(queue)).toEqual([
    { id: 'b', at: 1 },
    { id: 'a', at: 2 },
  ])
})

test('a reader that falls behind the limit gets an error, and nothing more is kept for it', async () => {
  const queue = new EventQueue<number>({ values: 2 })
  for (const value of [1, 2]) queue.push(value)
  queue.push(3)
  queue.push(4)
  await expect(all(queue)).rejects.toThrow('too far behind')
})

test('a value waits until its reader asks for the next one, is superseded, or is dropped with all others', async () => {
  const waiting: number[] = []
  const queue = new EventQueue<number>({
    onWait: (value) => void waiting.push(value),
    onOver: (value) => void waiting.splice(waiting.indexOf(value), 1),
  })
  for (const value of [1, 2, 3]) queue.push(value)
  queue.push(4, (earlier) => earlier === 2)
  expect(waiting).toEqual([1, 3, 4])
  const values = queue[Symbol.asyncIterator]()
  await values.next()
  expect(waiting).toEqual([1, 3, 4])
  await values.next()
  expect(waiting).toEqual([3, 4])
  await values.return?.(undefined)
  expect(waiting).toEqual([4])
  queue.fail(new Error('gone'))
  expect(waiting).toEqual([])
})
