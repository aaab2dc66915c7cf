import type { ApiOperation } from '@vitrine/contract'
import { expect, test } from 'vitest'
import type { AppFacts } from './app-facts.ts'
import { appPageOf, mayBeMapped, stageWay } from './stage-way.ts'

const operation: ApiOperation = {
  method: 'POST',
  path: '/x',
  body: 'json',
  fields: [{ name: 'text', place: 'body', send: 'value', value: { from: 'input', kind: 'text' } }],
  answer: { kind: 'json', path: [] },
}
const manifest = { form: 'asgi-app', examples: [], input: {} } as const
const facts = (change: Partial<AppFacts> = {}): AppFacts => ({
  page: null,
  predicts: false,
  openapi: null,
  ...change,
})
const way = (appFacts: AppFacts | null, change: object = {}) =>
  stageWay({ manifest: { ...manifest, examples: [], ...change }, appFacts })

test('a server that neither answers as the contract says nor has a page has no stage', () => {
  expect(way(facts())).toBe('none')
  expect(way(facts({ openapi: '/openapi.json' }))).toBe('none')
})

test('a page is the stage if nothing can be run, and a chosen operation comes before it', () => {
  const page = facts({ page: { framed: true } })
  expect(way(page)).toBe('page')
  expect(way(page, { operation })).toBe('run')
  expect(way(facts({ page: { framed: true }, predicts: true }))).toBe('run')
})

test('an author who describes the input of predict can be run, and so can our runtimes and what was never examined', () => {
  expect(way(facts(), { input: { type: 'string' } })).toBe('run')
  expect(way(facts(), { examples: [{ name: 'a', input_data: ['x'] }] })).toBe('run')
  expect(way(facts(), { form: 'single-file' })).toBe('run')
  expect(way(null)).toBe('run')
})

test('an app with a page has no operation to choose if neither a document nor its code names one', () => {
  const page = facts({ page: { framed: true } })
  const may = (appFacts: AppFacts) => mayBeMapped({ manifest: { ...manifest, examples: [] }, appFacts })
  expect([may(page), may({ ...page, openapi: '/openapi.json' }), may(facts())]).toEqual([false, true, true])
  expect([may({ ...page, hasRoutes: false }), may({ ...page, hasRoutes: true })]).toEqual([false, true])
})

test('a page has the addresses of its service', () => {
  const service = {
    path: '/ai/a/',
    own_url: null,
    front_port: 8021,
    front_host: '0.0.0.0',
    auth: 'public',
  } as const
  expect(appPageOf(service, facts({ page: { framed: false } }))).toEqual({
    path: '/ai/a/',
    own_url: null,
    front: { host: '0.0.0.0', port: 8021 },
    auth: 'public',
    framed: false,
  })
  expect(appPageOf(service, facts())).toBeNull()
})
