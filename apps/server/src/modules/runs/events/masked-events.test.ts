import { expect, test } from 'vitest'
import { predictResponse } from '@vitrine/contract'
import { maskOf } from '../../configs/secrets/mask-of.ts'
import { maskedEvents, maskedFailure } from './masked-events.ts'
import type { PredictEvent } from './run-events.ts'

const planted = 'planted-secret'
const mask = maskOf([planted])
const error = {
  code: 'algorithm.failed',
  message: `no access with ${planted}`,
  details: { issues: [{ path: 'key', message: planted }] },
}

async function* only(event: PredictEvent) {
  yield event
}

test('secrets are hidden in the errors of an answer and of its predictions, and the results stay as they are', async () => {
  const data = predictResponse.parse({
    status: 'failed',
    error,
    logs: planted,
    predictions: [
      { index: 0, status: 'failed', outputs: [], error },
      { index: 1, status: 'succeeded', outputs: [{ kind: 'text', data: planted }] },
    ],
  })
  const events = []
  for await (const event of maskedEvents(only({ event: 'completed', data }), mask)) events.push(event)
  const hidden = { message: 'no access with ••••', details: { issues: [{ path: 'key', message: '••••' }] } }
  expect(events).toMatchObject([
    {
      event: 'completed',
      data: { error: hidden, logs: '••••', predictions: [{ error: hidden }, data.predictions[1] ?? {}] },
    },
  ])
})

test('secrets are hidden in the reason of a failed run, in both languages and in its details', () => {
  const words = { zh: `密钥是 ${planted}`, en: `the key is ${planted}` }
  expect(
    maskedFailure({ code: 'internal.error', message: words, details: { said: [planted, 1, null] } }, mask),
  ).toEqual({
    code: 'internal.error',
    message: { zh: '密钥是 ••••', en: 'the key is ••••' },
    details: { said: ['••••', 1, null] },
  })
})
