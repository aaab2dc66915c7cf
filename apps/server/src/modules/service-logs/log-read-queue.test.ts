import { expect, test } from 'vitest'
import type { ReadingPace } from '../../adapters/log-files/reading-pace.ts'
import { createLogReadQueue } from './log-read-queue.ts'

const wanted = new AbortController().signal
/** A search that goes on until it is let go, and tells that it began. */
function held() {
  let [begin, end] = [() => {}, () => {}]
  const began = new Promise<void>((resolve) => (begin = resolve))
  const ended = new Promise<void>((resolve) => (end = resolve))
  const search = () => {
    begin()
    return ended
  }
  return { search, began, end: () => end() }
}

test('a person has one search at once, and does not hold up others', async () => {
  const queue = createLogReadQueue()
  const [first, second, other] = [held(), held(), held()]
  const done: string[] = []
  const all = [
    queue.search('ann', wanted, first.search).then(() => done.push('first')),
    queue.search('ann', wanted, second.search).then(() => done.push('second')),
    queue.search('bob', wanted, other.search).then(() => done.push('other')),
  ]
  await other.began
  other.end()
  second.end()
  await all[2]
  expect(done).toEqual(['other'])
  first.end()
  await Promise.all(all)
  expect(done).toEqual(['other', 'first', 'second'])
})

test('who leaves while their search waits is not searched for', async () => {
  const queue = createLogReadQueue()
  const [first, left] = [held(), new AbortController()]
  const searching = queue.search('ann', wanted, first.search)
  let searched = false
  const waiting = queue.search('ann', left.signal, async () => {
    searched = true
  })
  left.abort(new Error('left'))
  await expect(waiting).rejects.toThrow('left')
  first.end()
  await searching
  expect(searched).toBe(false)
})

/** Pieces as a download makes them: each is read in a turn, and none is read while one is taken. */
async function* pieces(pace: ReadingPace) {
  for (;;) {
    await pace.go()
    pace.rest()
    yield 'piece'
  }
}

test('a download that its client does not take lets the same person search, and a third one waits for the end of one of two', async () => {
  const queue = createLogReadQueue()
  const open = () => queue.download('ann', wanted, pieces)
  const downloads = [open(), open()]
  for (const each of downloads) expect(await each.next()).toEqual({ done: false, value: 'piece' })
  expect(await queue.search('ann', wanted, async () => 'found')).toBe('found')
  const events: string[] = []
  const third = open()
  const begun = third.next().then(() => events.push('third'))
  events.push('one ends')
  await downloads[0]?.return()
  await begun
  expect(events).toEqual(['one ends', 'third'])
  await Promise.all([downloads[1]?.return(), third.return()])
})

test('a download ends at its next read when nobody wants it any more', async () => {
  const left = new AbortController()
  const download = createLogReadQueue().download('ann', left.signal, pieces)
  await download.next()
  left.abort(new Error('left'))
  await expect(download.next()).rejects.toThrow('left')
})
