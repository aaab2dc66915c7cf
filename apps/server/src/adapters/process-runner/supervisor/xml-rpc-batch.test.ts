import { expect, test } from 'vitest'
import { batchCalls } from './xml-rpc-batch.ts'
import { XmlRpcFault, type XmlRpcValue } from './xml-rpc-answer.ts'
import type { XmlRpcParameter } from './xml-rpc.ts'

type Seen = { method: string; parameters: readonly XmlRpcParameter[]; answer: (value: XmlRpcValue) => void }

/** A server whose answers the test gives. */
function server() {
  const seen: Seen[] = []
  const failing: ((error: Error) => void)[] = []
  const call = batchCalls(
    (method, parameters) =>
      new Promise((resolve, reject) => {
        seen.push({ method, parameters, answer: resolve })
        failing.push(reject)
      }),
  )
  return { seen, failing, call }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a first call is sent alone; calls made meanwhile are sent together, in order', async () => {
  const { seen, call } = server()
  const answers = [call('a', ['x']), call('b', [1]), call('c', [])]
  expect(seen.map((one) => one.method)).toEqual(['a'])
  seen[0]?.answer('A')
  await turn()
  expect(seen[1]).toMatchObject({
    method: 'system.multicall',
    parameters: [
      [
        { methodName: 'b', params: [1] },
        { methodName: 'c', params: [] },
      ],
    ],
  })
  seen[1]?.answer([true, { name: 'C' }])
  expect(await Promise.all(answers)).toEqual(['A', true, { name: 'C' }])
})

test('a fault affects only its own call', async () => {
  const { seen, call } = server()
  const answers = [call('a', []), call('b', []), call('c', [])]
  seen[0]?.answer(null)
  await turn()
  seen[1]?.answer([{ faultCode: 70, faultString: 'NOT_RUNNING' }, 'C'])
  const settled = await Promise.allSettled(answers)
  expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  await expect(answers[1]).rejects.toEqual(new XmlRpcFault(70, 'NOT_RUNNING'))
})

test('without an answer all calls of a batch reject, and the next call is a new attempt', async () => {
  const { seen, failing, call } = server()
  const answers = [call('a', []), call('b', []), call('c', [])]
  seen[0]?.answer(null)
  await turn()
  failing[1]?.(new Error('connection refused'))
  const settled = await Promise.allSettled(answers)
  expect(settled.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  const next = call('d', [])
  seen[2]?.answer('D')
  expect(await next).toBe('D')
})

test('many calls are sent in parts, so the server can answer others in between', async () => {
  const { seen, call } = server()
  const answers = Array.from({ length: 61 }, (_, index) => call('a', [index]))
  for (let part = 0; part < 4; part++) {
    const calls = seen[part]?.parameters[0]
    seen[part]?.answer(Array.isArray(calls) ? calls.map(() => part) : part)
    await turn()
  }
  const values = await Promise.all(answers)
  expect([0, 1, 2, 3].map((part) => values.filter((value) => value === part).length)).toEqual([1, 25, 25, 10])
})
