import { expect, onTestFinished, test, vi } from 'vitest'
import { testMemory } from './memory-budget.test-source.ts'
import { createMemoryBudget, MemoryReclaimed } from './memory-budget.ts'

const never = new AbortController().signal

/** Lets time pass only as the test says. */
function moveClockByHand(): void {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
}

/** Takes bytes, and tells whether they were given at once. */
async function takes(hold: { take: (bytes: number) => Promise<void> }, bytes: number) {
  const state = { entered: false, done: hold.take(bytes).then(() => void (state.entered = true)) }
  await Promise.resolve()
  await Promise.resolve()
  return state
}

test('holds share the memory, and whoever finds none waits until another gives back', async () => {
  const memory = testMemory(100)
  const [first, second, third] = [
    memory.open('somebody', never),
    memory.open('somebody', never),
    memory.open('somebody', never),
  ]
  expect((await takes(first, 60)).entered).toBe(true)
  expect((await takes(second, 30)).entered).toBe(true)
  // One may go beyond the bound, so that two that need more do not wait for each other. Nothing of it counts meanwhile.
  expect((await takes(first, 50)).entered).toBe(true)
  const waiting = await takes(third, 80)
  expect(waiting.entered).toBe(false)
  expect((await takes(first, 500)).entered).toBe(true)
  first.end()
  await waiting.done
  expect(waiting.entered).toBe(true)
})

test('two that both need more end one after the other', async () => {
  const memory = testMemory(100)
  const [first, second] = [memory.open('somebody', never), memory.open('somebody', never)]
  await first.take(50)
  await second.take(50)
  expect((await takes(second, 40)).entered).toBe(true)
  const waiting = await takes(first, 60)
  expect(waiting.entered).toBe(false)
  // It goes on to its end, although one that was opened before it waits.
  expect((await takes(second, 40)).entered).toBe(true)
  second.end()
  await waiting.done
})

test('whoever leaves while it waits is not in the way of the next', async () => {
  const memory = testMemory(100)
  const leaving = new AbortController()
  const [first, gone, next] = [
    memory.open('somebody', never),
    memory.open('somebody', leaving.signal),
    memory.open('somebody', never),
  ]
  await memory.open('somebody', never).take(100)
  await first.take(150)
  const left = gone.take(10)
  const waiting = await takes(next, 10)
  leaving.abort(new Error('cancelled'))
  await expect(left).rejects.toThrow('cancelled')
  await expect(gone.take(1)).rejects.toThrow('cancelled')
  expect(waiting.entered).toBe(false)
  gone.end()
  first.end()
  await waiting.done
})

test('what is given back makes room for many', async () => {
  const memory = testMemory(100)
  const [full, big] = [memory.open('somebody', never), memory.open('somebody', never)]
  await full.take(100)
  await big.take(120)
  const small = await Promise.all(Array.from({ length: 5 }, () => takes(memory.open('somebody', never), 20)))
  expect(small.some(({ entered }) => entered)).toBe(false)
  big.end()
  full.end()
  await Promise.all(small.map(({ done }) => done))
})

test('small work waits for nobody, however full the memory is', async () => {
  const memory = testMemory(100, 10)
  const [large, other, small] = [
    memory.open('somebody', never),
    memory.open('somebody', never),
    memory.open('somebody', never),
  ]
  await memory.open('somebody', never).take(110)
  await large.take(500)
  const waiting = await takes(other, 20)
  expect(waiting.entered).toBe(false)
  expect((await takes(small, 6)).entered).toBe(true)
  expect((await takes(small, 4)).entered).toBe(true)
  expect((await takes(small, 1)).entered).toBe(false)
  large.end()
  await waiting.done
})

test('one person has a share, and what others do waits for none of theirs', async () => {
  const memory = createMemoryBudget({ bytes: 100, perPerson: 40, free: 0, patienceMs: 60_000 })
  const own = Array.from({ length: 3 }, () => memory.open('one', never))
  const [first, second, third] = own
  if (!first || !second || !third) throw new Error('three were opened')
  await first.take(40)
  // One of them may go beyond the share.
  await second.take(500)
  const waiting = await takes(third, 1)
  expect(waiting.entered).toBe(false)
  const other = memory.open('other', never)
  expect((await takes(other, 40)).entered).toBe(true)
  first.end()
  await waiting.done
  // What is beyond counts again as soon as it fits.
  second.give(480)
  third.end()
  expect((await takes(memory.open('third', never), 500)).entered).toBe(true)
})

test('whoever stays beyond the bounds while another person waits loses the memory', async () => {
  const memory = createMemoryBudget({ bytes: 100, perPerson: 40, free: 0, patienceMs: 1 })
  const [large, next, other] = [
    memory.open('one', never),
    memory.open('one', never),
    memory.open('other', never),
  ]
  await large.take(50)
  const own = await takes(next, 60)
  const waiting = await takes(other, 50)
  await expect.poll(() => large.signal.reason).toBeInstanceOf(MemoryReclaimed)
  await expect(large.take(1)).rejects.toThrow(MemoryReclaimed)
  next.end()
  expect([own.entered, waiting.entered]).toEqual([false, false])
  large.end()
  await waiting.done
  expect(other.signal.aborted).toBe(false)
})

test('a person’s own work waits for it as long as it takes', async () => {
  moveClockByHand()
  const memory = createMemoryBudget({ bytes: 100, perPerson: 40, free: 0, patienceMs: 1 })
  const [large, next] = [memory.open('one', never), memory.open('one', never)]
  await large.take(50)
  const waiting = await takes(next, 50)
  await vi.advanceTimersByTimeAsync(60_000)
  expect([large.signal.aborted, waiting.entered]).toEqual([false, false])
  large.end()
  await waiting.done
})

test('few people who fill the memory do not keep it: whoever holds most loses their largest hold to who waits', async () => {
  const memory = createMemoryBudget({ bytes: 100, perPerson: 40, free: 0, patienceMs: 1 })
  const [small, large] = [memory.open('one', never), memory.open('one', never)]
  const others = ['two', 'three', 'four'].map((person) => memory.open(person, never))
  await small.take(10)
  await large.take(30)
  for (const [at, bytes] of [35, 25, 20].entries()) await others[at]?.take(bytes)
  // The last of them is beyond the memory. Somebody who holds nothing waits.
  const next = memory.open('five', never)
  const waiting = await takes(next, 30)
  expect(waiting.entered).toBe(false)
  await expect.poll(() => large.signal.reason).toBeInstanceOf(MemoryReclaimed)
  large.end()
  await waiting.done
  expect([small, ...others, next].some(({ signal }) => signal.aborted)).toBe(false)
})

test('whose own share is full waits for their own work, and takes the memory of nobody else', async () => {
  moveClockByHand()
  const memory = createMemoryBudget({ bytes: 1000, perPerson: 40, free: 0, patienceMs: 1 })
  const [beyond, full, more] = [
    memory.open('one', never),
    memory.open('other', never),
    memory.open('other', never),
  ]
  await beyond.take(500)
  await full.take(40)
  const waiting = await takes(more, 10)
  await vi.advanceTimersByTimeAsync(60_000)
  expect([beyond.signal.aborted, waiting.entered]).toEqual([false, false])
  full.end()
  await waiting.done
})
