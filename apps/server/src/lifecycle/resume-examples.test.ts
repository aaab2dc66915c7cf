import pg from 'pg'
import { expect, test } from 'vitest'
import { deployExamplesThrough } from './resume-examples.ts'

const signal = new AbortController().signal
const none = { tasks: [], isInterrupted: false }
/** What PostgreSQL says while it shuts down. */
const away = Object.assign(new pg.DatabaseError('terminating connection', 1, 'error'), { code: '57P01' })

/** Looks at the examples with these outcomes, one after the other. Resolves with how many looks there were. */
async function looks(
  outcomes: { tasks: string[]; isInterrupted: boolean }[],
  ends: Record<string, string | Error | null> = {},
) {
  let count = 0
  const deploy = async () => outcomes[count++] ?? none
  const endOf = async (id: string) => {
    const end = ends[id] ?? null
    if (end instanceof Error) throw end
    return end
  }
  await deployExamplesThrough({ deploy, endOf, pauseMs: 1 }, signal)
  return count
}

test('examples are deployed once if the database answers, whatever else fails', async () => {
  expect(
    await looks([{ tasks: ['a', 'b'], isInterrupted: false }], { a: null, b: 'release.not_ready' }),
  ).toBe(1)
})

test('examples during whose deploy the database did not answer are deployed again until it does', async () => {
  const interrupted = { tasks: [], isInterrupted: true }
  const begun = { tasks: ['a'], isInterrupted: false }
  expect(await looks([interrupted, interrupted, none])).toBe(3)
  expect(await looks([begun, none], { a: 'database.unavailable' })).toBe(2)
  expect(await looks([begun, none], { a: away })).toBe(2)
})

test('the end of the control plane ends the pause before the next look', async () => {
  const ending = new AbortController()
  const deploy = async () => {
    ending.abort()
    return { tasks: [], isInterrupted: true }
  }
  const resumed = deployExamplesThrough(
    { deploy, endOf: async () => null, pauseMs: 3_600_000 },
    ending.signal,
  )
  await expect(resumed).rejects.toMatchObject({ name: 'AbortError' })
})
