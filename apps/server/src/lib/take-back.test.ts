import { expect, test } from 'vitest'
import { takeBack } from './take-back.ts'

test('every step is taken back, the last first, and what could not be is told together with the error before it', async () => {
  const done: string[] = []
  const told: unknown[] = []
  const step = (name: string, failure?: Error) => async () => {
    done.push(name)
    if (failure) throw failure
  }
  const [error, failure] = [new Error('no room'), new Error('the database is away')]
  const options = { error, left: 'something is left', onError: (each: unknown) => void told.push(each) }
  await takeBack([step('first'), step('second', failure), step('third')], options)
  expect(done).toEqual(['third', 'second', 'first'])
  expect(told).toMatchObject([{ message: 'something is left', errors: [error, failure] }])
  await takeBack([step('first')], options)
  expect(told).toHaveLength(1)
})
