import { expect, test } from 'vitest'
import { coalesce } from './coalesce.ts'

function counted() {
  const rounds: { end: (value: number) => void; fail: (error: Error) => void }[] = []
  const ask = coalesce(() => new Promise<number>((end, fail) => void rounds.push({ end, fail })))
  return { rounds, ask }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('callers during a round share the next one, so no answer began before its caller asked', async () => {
  const { rounds, ask } = counted()
  const first = ask()
  await turn()
  const others = [ask(), ask()]
  await turn()
  expect(rounds.length).toBe(1)
  rounds[0]?.end(1)
  expect(await first).toBe(1)
  await turn()
  rounds[1]?.end(2)
  expect(await Promise.all(others)).toEqual([2, 2])
  expect(rounds.length).toBe(2)
})

test('a failed round rejects for all who share it, and the next round is a new attempt', async () => {
  const { rounds, ask } = counted()
  const first = ask()
  await turn()
  const second = ask()
  rounds[0]?.fail(new Error('no'))
  await expect(first).rejects.toThrow('no')
  await turn()
  rounds[1]?.end(2)
  expect(await second).toBe(2)
})

test('work that is asked for all the time rests as long as it took, and callers in the meantime share the next round', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const ask = coalesce(async () => {
    begun.push(performance.now())
    await new Promise((resolve) => setTimeout(resolve, 40))
    ended.push(performance.now())
  }, 1)
  await ask()
  await Promise.all([ask(), ask()])
  expect(begun.length).toBe(2)
  expect((begun[1] ?? 0) - (ended[0] ?? 0)).toBeGreaterThan(35)
})
