import { afterAll, beforeAll, expect, test } from 'vitest'
import { openConfigsWorld } from '../configs.test-world.ts'

let world: Awaited<ReturnType<typeof openConfigsWorld>>
beforeAll(async () => {
  world = await openConfigsWorld()
})
afterAll(() => world?.close())

const save = async (changes: object[], language = 'en') => {
  const { statusCode, json } = await world.send('admin', 'POST', '', { changes }, language)
  return [statusCode, json().error?.details.issues]
}
const first = (value: string) => ({ key: 'sign_in.block_first', value })
const longest = (value: string) => ({ key: 'sign_in.block_longest', value })

test('a value that exceeds one that it may not exceed is refused where it is, with what holds there', async () => {
  expect(await save([first('2h')])).toEqual([
    422,
    [{ path: 'changes[0].value', message: 'must not be greater than sign_in.block_longest (60m)' }],
  ])
  expect(await save([longest('20s')], 'zh')).toEqual([
    422,
    [{ path: 'changes[0].value', message: '不能小于 sign_in.block_first（30s）' }],
  ])
})

test('values that are changed together are compared with each other, and a removal with the usual value', async () => {
  expect(await save([first('2h'), longest('3h')])).toEqual([200, undefined])
  const removed = { key: 'sign_in.block_longest', unset: true }
  expect((await save([removed]))[0]).toBe(422)
  expect(await save([removed, { key: 'sign_in.block_first', unset: true }])).toEqual([200, undefined])
})

test('a value of the environment counts there too', async () => {
  const held = await openConfigsWorld({ env: { SIGN_IN_BLOCK_LONGEST: '10s' } })
  try {
    const answer = await held.send('admin', 'POST', '', { changes: [first('11s')] })
    expect([answer.statusCode, answer.json().error.details.issues[0].message]).toEqual([
      422,
      'must not be greater than sign_in.block_longest (10s)',
    ])
    expect((await held.send('admin', 'POST', '', { changes: [first('9s')] })).statusCode).toBe(200)
  } finally {
    await held.close()
  }
})
