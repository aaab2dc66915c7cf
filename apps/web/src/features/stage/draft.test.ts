import type { Json, JsonSchema, Run, Stage } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { callExample, draftAsset } from './call-example.ts'
import { blankDraft, draftOfExample, draftOfRun, isComplete } from './draft.ts'
import { inputKind } from './input-kind.ts'
import { otherReading, readElements, writeElements, writingOf } from './json-elements.ts'
import { outputTitles } from './output-titles.ts'
import { stageFixture } from './stage.fixture.ts'
import { stageRefreshMs, stageState } from './stage-state.ts'

const stageOf = (
  input: JsonSchema,
  examples: { input_data: Json[]; parameters?: Record<string, Json> }[] = [],
): Stage => stageFixture({ input, examples })
const runOf = (input_data: Json[], chosen: Record<string, Json>): Run => ({
  id: 'r-1',
  service_id: 'it',
  release: 1,
  commit: null,
  status: 'succeeded',
  progress: null,
  progress_message: null,
  input_data,
  parameters: chosen,
  result: null,
  error: null,
  unkept_files: [],
  logs: '',
  created_by: 'u',
  created_at: '',
  started_at: null,
  finished_at: null,
})

describe('the way to enter the input', () => {
  test('follows from the schema', () => {
    expect(inputKind(stageOf({ type: 'string', maxLength: 9 }))).toMatchObject({ type: 'text', maxLength: 9 })
    expect(inputKind(stageOf({ type: 'string', 'x-kind': 'image' }))).toMatchObject({
      medium: 'image',
      accept: 'image/*',
    })
    expect(inputKind(stageOf({ 'x-kind': 'file' }))).toMatchObject({ medium: 'file', accept: '' })
    expect(inputKind(stageOf({ type: 'object' }))).toMatchObject({ type: 'json' })
  })

  test('follows from the first demo input if the schema says nothing', () => {
    expect(inputKind(stageOf({}, [{ input_data: ['x'] }])).type).toBe('text')
    expect(inputKind(stageOf({}, [{ input_data: [{ asset_id: 'a' }] }])).type).toBe('media')
    expect(inputKind(stageOf({}, [{ input_data: [[1, 2]] }])).type).toBe('json')
    expect(inputKind(stageOf({}))).toMatchObject({ type: 'json', orText: true })
    expect(inputKind(stageOf({ properties: {} }))).toMatchObject({ type: 'json', orText: false })
  })
})

describe('a draft', () => {
  const stage = stageOf({ type: 'string' }, [
    { input_data: ['a'] },
    { input_data: ['b', 'c'], parameters: { top_k: 1 } },
    { input_data: ['a'], parameters: { top_k: 9 } },
  ])

  test('of a demo input has its elements, and its parameters in place of the defaults', () => {
    expect(draftOfExample(stage, 1)).toEqual({
      source: { type: 'example', index: 1 },
      inputData: ['b', 'c'],
      parameters: { top_k: 1 },
    })
  })

  test('of a missing demo input is the first one, or blank if there is none', () => {
    for (const index of [7, -1, 0.5, Number.NaN])
      expect(draftOfExample(stage, index).source).toEqual({ type: 'example', index: 0 })
    expect(draftOfExample(stageOf({ type: 'string' }), 0)).toEqual({
      source: { type: 'own' },
      inputData: [''],
      parameters: { top_k: 3 },
    })
  })

  test('that is blank has no element if media must be chosen, and one of the schema’s type for JSON', () => {
    expect(blankDraft(stageOf({ 'x-kind': 'image' })).inputData).toEqual([])
    expect(blankDraft(stageOf({ type: 'object' })).inputData).toEqual([{}])
    expect(blankDraft(stageOf({ type: 'array' })).inputData).toEqual([[]])
    expect(blankDraft(stageOf({ type: 'object', default: { a: 1 } })).inputData).toEqual([{ a: 1 }])
  })

  test('of a run knows its demo input, by the parameters if two have the same input', () => {
    expect(draftOfRun(stage, runOf(['a'], { top_k: 9 })).source).toEqual({ type: 'example', index: 2 })
    expect(draftOfRun(stage, runOf(['a'], { top_k: 5 })).source).toEqual({ type: 'example', index: 0 })
    expect(draftOfRun(stage, runOf(['z'], {})).source).toEqual({ type: 'run', id: 'r-1' })
  })

  test('of an earlier run has no parameters that no longer exist', () => {
    const closed = { properties: { way: { default: 'x' } }, additionalProperties: false }
    const renamed = stageFixture({ parameters: closed })
    expect(draftOfRun(renamed, runOf(['a'], { mode: 'a' })).parameters).toEqual({ way: 'x' })
  })

  test('is complete with at least one element and no blank text', () => {
    const complete = (inputData: Json[]) => isComplete({ source: { type: 'own' }, inputData, parameters: {} })
    expect([['x'], [{}], [0]].map(complete)).toEqual([true, true, true])
    expect([[], [''], ['x', ' \n']].map(complete)).toEqual([false, false, false])
  })
})

describe('the call of a draft from outside', () => {
  const draft = draftOfExample(
    stageOf({ type: 'string' }, [{ input_data: ['a'], parameters: { mode: '' } }]),
    0,
  )
  const url = (change: Partial<Stage>) =>
    callExample({ ...stageOf({}), ...change }, draft, { origin: 'https://show.example', localFile: null }).url

  test('goes to the service’s public address, or to its path on this server', () => {
    expect(url({})).toBe('http://127.0.0.1:8000/ai/it/predict')
    expect(url({ url: 'https://a.example/ai/it' })).toBe('https://a.example/ai/it/predict')
    expect(url({ url: '/ai/it/' })).toBe('https://show.example/ai/it/predict')
  })

  test('leaves out cleared parameters, and the key if everybody may call', () => {
    const call = callExample({ ...stageOf({}), auth: 'public' }, draft, { origin: '', localFile: null })
    expect(call).toMatchObject({ parameters: { top_k: 3 }, key: null, inputData: ['a'] })
  })

  test('contains a key that was just created, else a word in its place', () => {
    const keyOf = (key?: string) =>
      callExample(stageOf({}), draft, { origin: '', localFile: null, ...(key !== undefined && { key }) }).key
    expect([keyOf(), keyOf('vt_mine')]).toEqual(['YOUR_API_KEY', 'vt_mine'])
  })

  test('can read a file only if the input is one stored media file', () => {
    const assetOf = (inputData: Json[]) => draftAsset({ ...draft, inputData })
    expect(assetOf([{ asset_id: 'a' }])).toBe('a')
    expect([['x'], [], [{ asset_id: 'a' }, { asset_id: 'b' }], [null], [{}]].map(assetOf)).toEqual(
      Array(5).fill(null),
    )
  })
})

describe('elements as JSON', () => {
  test('are written alone if single and as a list if several, and parsed back to the same', () => {
    for (const elements of [[{ a: '字' }], [[1, 2]], [1, 2], ['x']])
      expect(readElements(writeElements(elements), { several: elements.length > 1 })).toEqual({ elements })
  })
  test('that are one text are edited as a text, and stay one whatever they look like', () => {
    for (const text of ['', '你好', '2024', 'true', 'null', '[1]', '{"a": 1}', '"quoted"']) {
      const writing = writingOf([text])
      expect([writing, writeElements([text], writing)]).toEqual(['text', text])
      expect(readElements(text, { writing })).toEqual({ elements: [text] })
    }
    for (const elements of [[2024], [null], [{ a: 1 }], [['x']], ['a', 'b'], []])
      expect(writingOf(elements)).toBe('json')
  })
  test('that are a text say what they would be as JSON, if that is something else', () => {
    expect(['2024', 'true', 'null', '[1]', '{}'].map(otherReading)).toEqual([
      'number',
      'boolean',
      'null',
      'list',
      'object',
    ])
    expect(['', '你好', '"quoted"', '2024年'].map(otherReading)).toEqual([null, null, null, null])
  })
  test('that cannot be parsed give the reason', () => {
    expect(readElements('{"a": }')).toEqual({ problem: expect.stringMatching(/./) })
  })
})

test('titles of outputs come from the output schema and its items', () => {
  expect(
    outputTitles({ prefixItems: [{ 'x-name': 'boxes', title: '位置框' }, { title: 'no name' }] }),
  ).toEqual({ boxes: '位置框' })
  expect(outputTitles({ 'x-name': 'topics', title: '主题' })).toEqual({ topics: '主题' })
  expect(outputTitles({})).toEqual({})
})

test.each([
  ['RUNNING', 'READY', 'ready'],
  ['RUNNING', 'BUSY', 'ready'],
  ['RUNNING', 'STARTING', 'starting'],
  ['RUNNING', 'UNKNOWN', 'starting'],
  ['RUNNING', 'UNHEALTHY', 'broken'],
  ['STARTING', 'UNKNOWN', 'starting'],
  ['BACKOFF', 'UNKNOWN', 'starting'],
  ['STOPPED', 'UNKNOWN', 'stopped'],
  ['EXITED', 'UNKNOWN', 'stopped'],
  ['FATAL', 'UNKNOWN', 'broken'],
] as const)('a service that is %s and %s makes a stage that is %s', (status, health, expected) => {
  expect(stageState({ status, health, asleep: false })).toBe(expected)
})

test('a sleeping service makes a stage that is ready, because a run starts it, until it has started', () => {
  expect(stageState({ status: 'STOPPED', health: 'UNKNOWN', asleep: true })).toBe('ready')
  expect(stageState({ status: 'STARTING', health: 'UNKNOWN', asleep: true })).toBe('starting')
})

test('a starting stage is read more often', () => {
  expect(stageRefreshMs({ status: 'STARTING', health: 'UNKNOWN', asleep: false })).toBeLessThan(
    stageRefreshMs({ status: 'RUNNING', health: 'READY', asleep: false }),
  )
})
