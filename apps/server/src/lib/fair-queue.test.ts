import { expect, test } from 'vitest'
import { createFairQueue, nextPerson } from './fair-queue.ts'

test.each([
  ['nobody waits', [], {}, {}, null],
  ['one waits', ['ann'], {}, {}, 'ann'],
  ['whoever has less under way comes first', ['ann', 'bob'], { ann: 1 }, { bob: 9 }, 'bob'],
  ['of equals, whoever was served longest ago comes first', ['ann', 'bob'], {}, { ann: 2, bob: 1 }, 'bob'],
  ['or was never served', ['ann', 'bob'], {}, { ann: 1 }, 'bob'],
  ['whoever is at their bound waits', ['ann'], { ann: 2 }, {}, null],
])('%s', (_name, waiting, underWay: Record<string, number>, served: Record<string, number>, next) => {
  const mapOf = (counts: Record<string, number>) => new Map(Object.entries(counts))
  const state = { underWay: mapOf(underWay), served: mapOf(served), perPerson: 2 }
  expect(nextPerson(waiting, state)).toBe(next)
})

/** A queue, and what it has begun. `end` ends the oldest piece of a person that is under way. */
function world(atOnce: number, perPerson: number) {
  const bounds = { atOnce, perPerson }
  const queue = createFairQueue(() => bounds)
  const begun: string[] = []
  const ends = new Map<string, (() => void)[]>()
  return {
    queue,
    bounds,
    begun,
    ask: async (person: string, signal?: AbortSignal) => {
      const endTurn = await queue.enter(person, signal)
      begun.push(person)
      ends.set(person, [...(ends.get(person) ?? []), endTurn])
    },
    end: (person: string) => ends.get(person)?.shift()?.(),
    /** After this, everything that may begin has begun. */
    settled: () => new Promise<void>((resolve) => setImmediate(resolve)),
  }
}

test('somebody who asks once is next, however much another person has queued before', async () => {
  const { ask, begun, end, settled } = world(2, 2)
  for (let n = 0; n < 50; n += 1) void ask('ann')
  void ask('bob')
  await settled()
  expect(begun).toEqual(['ann', 'ann'])
  end('ann')
  await settled()
  expect(begun).toEqual(['ann', 'ann', 'bob'])
})

test('people who wait take turns', async () => {
  const { ask, begun, end, settled } = world(1, 1)
  for (let n = 0; n < 3; n += 1) for (const person of ['ann', 'bob', 'cy']) void ask(person)
  for (let n = 0; n < 9; n += 1) {
    await settled()
    end(begun[n] ?? '')
  }
  expect(begun).toEqual(['ann', 'bob', 'cy', 'ann', 'bob', 'cy', 'ann', 'bob', 'cy'])
})

test('one person does not fill all places: somebody else begins at once', async () => {
  const { ask, begun, settled } = world(4, 3)
  for (let n = 0; n < 9; n += 1) void ask('ann')
  await settled()
  expect(begun).toHaveLength(3)
  void ask('bob')
  await settled()
  expect(begun).toEqual(['ann', 'ann', 'ann', 'bob'])
})

test('whoever gives up waits no longer, and takes no place', async () => {
  const { ask, begun, end, queue, settled } = world(1, 1)
  void ask('ann')
  const gone = new AbortController()
  const refused = ask('bob', gone.signal)
  void ask('cy')
  gone.abort(new Error('no longer'))
  await expect(refused).rejects.toThrow('no longer')
  end('ann')
  await settled()
  expect(begun).toEqual(['ann', 'cy'])
  end('cy')
  expect(queue.isIdle()).toBe(true)
})

test('what is under way already counts, and ends once only', async () => {
  const { ask, begun, queue, settled } = world(1, 1)
  const endTurn = queue.take('ann')
  void ask('bob')
  void ask('cy')
  await settled()
  expect(begun).toEqual([])
  endTurn()
  endTurn()
  await settled()
  expect(begun).toEqual(['bob'])
})

test('where places are in reserve, a few people cannot keep all places from who has none', async () => {
  const { ask, bounds, begun, settled } = world(2, 2)
  Object.assign(bounds, { reserve: 2 })
  for (let n = 0; n < 5; n += 1) void ask('ann')
  for (const person of ['bob', 'bob', 'cy', 'dan']) void ask(person)
  await settled()
  expect(begun).toEqual(['ann', 'ann', 'bob', 'cy'])
})

test('new bounds hold from the next turn on', async () => {
  const { ask, begun, bounds, end, settled } = world(1, 5)
  for (let n = 0; n < 4; n += 1) void ask('ann')
  await settled()
  expect(begun).toHaveLength(1)
  bounds.atOnce = 3
  end('ann')
  await settled()
  expect(begun).toHaveLength(4)
})

test('who waits goes on when the bounds have grown and the queue is told so', async () => {
  const { queue, bounds, ask, begun, settled } = world(1, 9)
  for (const person of ['ann', 'bob', 'cy']) void ask(person)
  bounds.atOnce = 2
  await settled()
  expect([begun, queue.waiting()]).toEqual([['ann'], 2])
  queue.admit()
  await settled()
  expect([begun, queue.waiting()]).toEqual([['ann', 'bob'], 1])
})
