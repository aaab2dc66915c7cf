import { expect, test } from 'vitest'
import { createEventMemory } from './event-memory.ts'

/** The memory, and the names of the streams that it closed. A name begins with the person. */
function openMemory(bounds: { characters: number; perPerson: number }) {
  const memory = createEventMemory(bounds)
  const closed: string[] = []
  const open = (name: string) => memory.open(name.slice(0, 1), () => void closed.push(name))
  return { open, closed }
}

test('too much for one person closes the stream whose reader has taken nothing for longest', () => {
  const { open, closed } = openMemory({ characters: 100_000, perPerson: 10_000 })
  const [first, second, third, other] = [open('a1'), open('a2'), open('a3'), open('b1')]
  for (const stream of [first, second, third, other]) stream.add({}, 3_000)
  first.taken()
  third.add({}, 3_000)
  expect(closed).toEqual(['a2'])
  // What the closed one held is free.
  third.add({}, 400)
  expect(closed).toEqual(['a2'])
  // A stream that was closed counts for nothing any more.
  second.add({}, 20_000)
  expect(closed).toEqual(['a2'])
})

test('too much for all closes streams of the person for whom most waits', () => {
  const { open, closed } = openMemory({ characters: 10_000, perPerson: 8_000 })
  const [small, large, larger] = [open('a1'), open('b1'), open('b2')]
  small.add({}, 1_000)
  large.add({}, 3_000)
  larger.add({}, 3_000)
  open('c1').add({}, 5_000)
  expect(closed).toEqual(['b1'])
})

test('together, even single texts of many people stay within the memory', () => {
  const { open, closed } = openMemory({ characters: 10_000, perPerson: 6_000 })
  for (const person of ['a', 'b', 'c', 'd']) open(person).add({}, 4_000)
  expect(closed).toEqual(['a', 'b'])
})

test('a text that waits for many readers is in memory once, and one text may be larger than the bounds', () => {
  const { open, closed } = openMemory({ characters: 100_000, perPerson: 50_000 })
  const shared = {}
  const streams = Array.from({ length: 40 }, (_, at) => open(`a${at}`))
  for (const stream of streams) stream.add(shared, 30_000)
  for (const stream of streams) stream.remove(shared)
  streams[0]?.add({}, 200_000)
  expect(closed).toEqual([])
})

test('small texts count too, and those that were read or whose stream has ended do not', () => {
  const { open, closed } = openMemory({ characters: 100_000, perPerson: 1_000 })
  const stream = open('a1')
  for (let each = 0; each < 100; each += 1) {
    const text = {}
    stream.add(text, 1)
    stream.remove(text)
    stream.remove(text)
  }
  const ended = open('a2')
  ended.add({}, 900)
  ended.end()
  stream.add({}, 800)
  expect(closed).toEqual([])
  for (let each = 0; each < 10; each += 1) stream.add({}, 1)
  expect(closed).toEqual(['a1'])
})
