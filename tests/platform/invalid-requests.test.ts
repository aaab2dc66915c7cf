import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoints, errorBody, type ApiEndpoint } from '@vitrine/contract'
import { forEachConcurrently } from '../support/for-each-concurrently.ts'
import type { ApiClient } from '../support/api-client.ts'
import { plainGet } from '../support/plain-get.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import {
  bodiesFor,
  brokenEncodings,
  invalidJsonValues,
  invalidPathValues,
  invalidQueryValues,
} from './invalid-values.ts'
import { echo } from './packages.ts'

let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
  await admin.publish('standing', echo())
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

type Route = { key: string; method: string; path: string; spec: ApiEndpoint }
const routes: Route[] = Object.entries(endpoints).map(([key, spec]) => {
  const [method = '', path = ''] = key.split(' ')
  return { key, method, path, spec }
})
const filled = (path: string, value: string) => path.replaceAll(/\{\w+\}/g, value)

type Question = { path: string; json?: unknown }

/** All faulty answers to some requests: server errors, and refusals that do not have the API's form. */
async function faultsOf(method: string, questions: readonly Question[]): Promise<string[]> {
  const faults: string[] = []
  await forEachConcurrently(questions, 8, async ({ path, json }) => {
    const abort = new AbortController()
    const answer = await admin.request(method, path, { json, signal: abort.signal })
    const shown = () => `${method} ${path.slice(0, 120)} ${JSON.stringify(json ?? null).slice(0, 160)}`
    if (answer.status >= 500) faults.push(`${answer.status} ${shown()}: ${await answer.text()}`)
    else if (answer.status >= 400 && method !== 'HEAD') {
      const text = await answer.text()
      if (!errorBody.safeParse(JSON.parse(text)).success) faults.push(`${shown()} is refused by ${text}`)
    }
    // A stream would not end.
    abort.abort()
  })
  return faults
}

const withPlaces = routes.filter(({ path }) => path.includes('{'))

test.each(withPlaces)('$key refuses an invalid id', async ({ method, path, spec }) => {
  const json = spec.body && {}
  const values = [...invalidPathValues.map(encodeURIComponent), ...brokenEncodings]
  expect(
    await faultsOf(
      method,
      values.map((value) => ({ path: filled(path, value), json })),
    ),
  ).toEqual([])
})

const withQuery = routes.filter(({ spec }) => spec.query)

test.each(withQuery)('$key refuses an invalid query', async ({ method, path, spec }) => {
  const names = Object.keys(spec.query?.shape ?? {})
  const questions = names.flatMap((name) =>
    invalidQueryValues.flatMap((value) => {
      const one = `${name}=${encodeURIComponent(value)}`
      return [one, `${one}&${one}`].map((query) => ({ path: `${filled(path, 'standing')}?${query}` }))
    }),
  )
  expect(await faultsOf(method, questions)).toEqual([])
})

const withBody = routes.filter(({ spec }) => spec.body)

test.each(withBody)(
  '$key refuses an invalid body',
  async ({ method, path, spec }) => {
    const bodies = spec.body ? bodiesFor(spec.body, 'standing') : []
    expect(
      await faultsOf(
        method,
        bodies.map((json) => ({ path: filled(path, 'standing'), json })),
      ),
    ).toEqual([])
  },
  120_000,
)

const withStream = routes.filter(({ spec }) => spec.stream)

test.each(withStream)('$key refuses JSON in place of a file', async ({ method, path }) => {
  const questions = invalidJsonValues.map((json) => ({ path: filled(path, 'standing'), json }))
  expect(await faultsOf(method, questions)).toEqual([])
})

test.each(['//', '///', '//?', '/%', '/%2e%2e/', '/a//b', '/?'])(
  'the address %j of a page is answered or refused',
  async (path) => {
    const answer = await plainGet(`${platform.origin}${path}`, { method: 'GET', headers: {} })
    expect(answer.status).toBeLessThan(500)
  },
)

test('after all these the platform serves as before, and its log has no internal error', async () => {
  expect((await admin.predict('standing', ['x'])).status).toBe(200)
  expect((await platform.log()).split('\n').filter((line) => line.includes('"level":50'))).toEqual([])
})
