import type { PredictResponse } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { answerWords, resultIn } from './answer-words.ts'
import { AnswerNotFitting } from './api-answer.ts'
import { ValueRefused } from './api-request.ts'
import { failedPrediction, failureOfCall, refused } from './call-failures.ts'
import { MediaRefused } from './input-media.ts'

const resultWith = (predictions: PredictResponse['predictions']): PredictResponse => ({
  status: 'failed',
  predictions,
  metrics: {},
  logs: '',
  error: predictions[0]?.error,
})

test('a failed call is told in the language of its reader, with a code and details for programs', () => {
  const result = resultWith([failedPrediction(0, refused(422, 'no text'))])
  const english = resultIn(result, 'en')
  const error = {
    code: 'algorithm.failed',
    message: 'The service answered HTTP 422: no text',
    details: { why: 'refused', http_status: 422, said: 'no text' },
  }
  expect(english.predictions[0]?.error).toEqual(error)
  expect(english.error).toEqual(error)
  expect(resultIn(result, 'zh').error?.message).toBe('服务回答 HTTP 422：no text')
})

test('what an algorithm says itself stays as it says it', () => {
  const own = { code: 'algorithm.failed', message: 'out of memory', details: { issues: [] } }
  const result = resultWith([{ index: 0, status: 'failed', outputs: [], error: own }])
  expect(resultIn(result, 'en')).toEqual(result)
  expect(answerWords(own)).toEqual({ zh: 'out of memory', en: 'out of memory' })
})

test.each([
  new AnswerNotFitting('not_json'),
  new AnswerNotFitting('beyond_json'),
  new AnswerNotFitting('no_such_place'),
  new AnswerNotFitting('not_of_kind'),
  new AnswerNotFitting('no_file_path'),
  new ValueRefused('id'),
  new MediaRefused('no_file'),
  new MediaRefused('not_found'),
  new MediaRefused('too_large'),
])('%s has a sentence in both languages', (error) => {
  const words = failureOfCall(error)?.words
  expect(words?.zh).toMatch(/\p{Script=Han}/u)
  expect(words?.en).toMatch(/^[\x20-\x7e]+$/)
})
