import type { ApiAnswer, Json } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { threadTimeMs } from '../../lib/thread-time.test-setup.ts'
import { AnswerNotFitting, answerOutput, type RawAnswer } from './api-answer.ts'
import { refusalText } from './ask-operation.ts'
import { suggestAnswers } from './suggest-answer.ts'

const json = (value: Json, status = 200): RawAnswer => ({
  status,
  mime: 'application/json',
  body: Buffer.from(JSON.stringify(value)),
})
const dataOf = (value: Json, answer: ApiAnswer) =>
  answerOutput(json(value), { answer, serviceId: 'demo' }).output.data
const best = (value: Json) => suggestAnswers(json(value))[0]

test('labels and scores are found under any of their usual names, in lists, objects and side by side', () => {
  expect(best({ results: [{ class: 'cat', confidence: 0.9 }] })).toEqual({
    kind: 'classification',
    path: ['results'],
    label: 'class',
    score: 'confidence',
  })
  const expected = [
    { label: 'cat', score: 0.9 },
    { label: 'dog', score: 0.1 },
  ]
  expect(dataOf({ cat: 0.9, dog: 0.1 }, { kind: 'classification', path: [] })).toEqual(expected)
  const beside = { labels: ['cat', 'dog'], scores: [0.9, 0.1] }
  expect(best(beside)).toMatchObject({ kind: 'classification', label: 'labels', score: 'scores' })
  expect(dataOf(beside, { kind: 'classification', path: [], label: 'labels', score: 'scores' })).toEqual(
    expected,
  )
})

test('of a short list of different things each is proposed, of a list of equal things its first', () => {
  const placesIn = (value: Json) => suggestAnswers(json(value)).map(({ path }) => path.join('.'))
  const scores = [
    { label: 'good', score: 0.9 },
    { label: 'bad', score: 0.1 },
  ]
  expect(placesIn({ data: ['good', 0.9, scores] })).toEqual(
    expect.arrayContaining(['data.0', 'data.1', 'data.2']),
  )
  expect(placesIn([{ price: 3 }, { price: 4 }])).not.toContain('1.price')
})

test('boxes are read as corners, as size, and from members beside the label', () => {
  const corners = { xmin: 1, ymin: 2, xmax: 4, ymax: 6 }
  const shapes: Json[] = [[1, 2, 4, 6], { x1: 1, y1: 2, x2: 4, y2: 6 }, { x: 1, y: 2, width: 3, height: 4 }]
  for (const bbox of shapes) {
    const value = [{ name: 'cat', conf: 0.9, bbox }]
    const suggestion = best(value)
    expect(suggestion).toMatchObject({ kind: 'detection', box: 'bbox' })
    expect(suggestion && dataOf(value, suggestion)).toEqual([{ label: 'cat', score: 0.9, box: corners }])
  }
  const sized: ApiAnswer = {
    kind: 'detection',
    path: [],
    label: 'name',
    score: 'conf',
    box: 'bbox',
    corners: 'xywh',
  }
  expect(dataOf([{ name: 'cat', conf: 0.9, bbox: [1, 2, 3, 4] }], sized)).toEqual([
    { label: 'cat', score: 0.9, box: corners },
  ])
  expect(best([{ label: 'cat', score: 1, ...corners }])).toMatchObject({ kind: 'detection', box: '' })
})

test('speech, tables, texts and numbers are suggested as such, and JSON always as the last', () => {
  const whisper = {
    text: 'hello',
    language: 'en',
    segments: [{ id: 0, text: 'hello', start: 0, end: 1.5, tokens: [1] }],
  }
  expect(best(whisper)).toEqual({ kind: 'transcript', path: [] })
  expect(dataOf(whisper, { kind: 'transcript', path: [] })).toEqual({
    text: 'hello',
    language: 'en',
    chunks: [{ text: 'hello', start: 0, end: 1.5 }],
  })
  expect(best([{ word: 'a', count: 2 }])).toEqual({ kind: 'table', path: [] })
  expect(best({ data: { answer: 'yes' } })).toEqual({ kind: 'text', path: ['data', 'answer'] })
  expect(suggestAnswers(json({ price: 3 })).map(({ kind }) => kind)).toEqual(['number', 'json'])
})

test('a picture comes as bytes, as base64 or as a data URL, and is a file of the run', () => {
  const png = Buffer.from('89504e470d0a1a0a', 'hex')
  const bytes = answerOutput(
    { status: 200, mime: 'image/png', body: png },
    { answer: { kind: 'image', path: [] }, serviceId: 'demo' },
  )
  expect(bytes.output.data).toMatchObject({
    url: expect.stringMatching(/^\/ai\/demo\/outputs\/[0-9a-f]{64}\.png$/),
    mime: 'image/png',
  })
  for (const image of [png.toString('base64'), `data:image/png;base64,${png.toString('base64')}`]) {
    const { files } = answerOutput(json({ image }), {
      answer: { kind: 'image', path: ['image'] },
      serviceId: 'demo',
    })
    expect(files).toMatchObject([{ mime: 'image/png', content: png }])
  }
})

test('an answer of another form says what does not fit', () => {
  const why = (raw: RawAnswer, answer: ApiAnswer) => {
    try {
      answerOutput(raw, { answer, serviceId: 'demo' })
    } catch (error) {
      return error instanceof AnswerNotFitting && error.why
    }
    return null
  }
  expect(why(json({ a: 1 }), { kind: 'text', path: ['b'] })).toBe('no_such_place')
  expect(why(json({ a: 'x' }), { kind: 'number', path: ['a'] })).toBe('not_of_kind')
  expect(why(json([{ label: 'x' }]), { kind: 'detection', path: [], label: 'label', box: 'box' })).toBe(
    'not_of_kind',
  )
  expect(
    why({ status: 200, mime: 'application/zip', body: Buffer.from('PK') }, { kind: 'table', path: [] }),
  ).toBe('not_json')
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  for (const body of [deep, '[1e999]'])
    expect(
      why({ status: 200, mime: 'application/json', body: Buffer.from(body) }, { kind: 'json', path: [] }),
    ).toBe('beyond_json')
  expect(why(json({ toString: 1 }), { kind: 'json', path: ['constructor'] })).toBe('no_such_place')
})

test('a refusal is told in the words of the service', () => {
  expect(refusalText(json({ detail: [{ loc: ['body', 'top'], msg: 'too large' }] }, 422))).toBe(
    'body.top: too large',
  )
  expect(refusalText(json({ error: 'no model' }, 500))).toBe('no model')
  expect(refusalText({ status: 500, mime: 'text/html', body: Buffer.from('<html>') })).toBe('')
  expect(
    refusalText({ status: 500, mime: 'text/plain', body: Buffer.from('x'.repeat(9_000)) }).length,
  ).toBeLessThan(500)
})

test('a refusal in any other form is told as it is: nothing in it becomes an error of the platform', () => {
  const noText = { toString: 1, valueOf: 1 }
  const answers: Json[] = [
    { detail: [{ msg: noText }] },
    { detail: [{ msg: 'wrong', loc: null }, 1] },
    { detail: { code: 7 } },
    { message: [] },
    [noText],
  ]
  for (const answer of answers) expect(refusalText(json(answer, 422))).toBe(JSON.stringify(answer))
  expect(refusalText(json({ detail: [{ msg: 'wrong', loc: ['body', noText, 0] }] }))).toBe('body.0: wrong')
  const deep = '['.repeat(8_000) + ']'.repeat(8_000)
  expect(refusalText({ status: 500, mime: 'application/json', body: Buffer.from(deep) })).toBe(
    '['.repeat(400),
  )
})

test('a result can be made of a part of an answer, and says so', () => {
  const boxes = Array.from({ length: 1_000 }, () => ({ label: 'x', score: 1 }))
  const answer: ApiAnswer = { kind: 'classification', path: ['all'], label: 'label', score: 'score' }
  const made = (values: number) =>
    answerOutput(json({ all: boxes }), { answer, serviceId: 'demo', most: { values, text: Infinity } })
  expect(made(10_000)).toMatchObject({ isCut: false, output: { data: { length: 1_000 } } })
  expect(made(500)).toMatchObject({ isCut: true, output: { data: { length: 20 } } })
})

test('an answer with very many members is searched no longer than people wait', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 50_000 }, (_, at) => [`k${at}`, { label: 'x', score: 1 }]),
  )
  const begun = threadTimeMs()
  expect(suggestAnswers(json(wide)).length).toBeLessThanOrEqual(12)
  expect(threadTimeMs() - begun).toBeLessThan(2_000)
})
