import { createServer, type RequestListener } from 'node:http'
import { apiTestCall, type ApiOperation } from '@vitrine/contract'
import { expect, onTestFinished, test } from 'vitest'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { testMemory } from '../../lib/memory-budget.test-source.ts'
import { dataPaths } from '../../lib/paths.ts'
import { mapping, service, serving } from './service-apis.test-world.ts'
import { readDocument } from './read-document.ts'
import { apiOf, type ServiceApisDeps } from './service-apis.usecases.ts'
import { makeTestCall } from './make-test-call.ts'

const item = {
  post: {
    requestBody: {
      content: { 'application/json': { schema: { properties: { text: { type: 'string' } } } } },
    },
  },
}
const document = JSON.stringify({ openapi: '3.0.0', paths: { '/x': item, '//evil.example/x': item } })

/** What mapping the API of a server needs that answers `POST /x` in this way. */
async function depsFor(answer: RequestListener): Promise<ServiceApisDeps> {
  const server = createServer((request, response) => {
    if (request.url === '/openapi.json') response.end(document)
    else answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const endpoint = { host: '127.0.0.1', port: address.port }
  return {
    services: { get: async () => service },
    releases: { active: async () => new Map([['demo', serving]]), mapServing: async () => true },
    monitor: {
      ofService: () => [{ release: 1, endpoint, state: 'RUNNING', health: 'READY', reason: null }],
    },
    media: {
      assets: { get: async () => null },
      demoOf: async () => [],
      presentedBy: async () => [],
      inputsOn: () => null,
    },
    readMedia: () => Promise.reject(new Error('there are no media')),
    documents: { read: async (_person, request) => readDocument(request) },
    memory: testMemory(),
    codeRoutes: async () => [],
    testCallers: new Set(),
    paths: dataPaths('/nonexistent'),
  }
}
const answering =
  (text: string): RequestListener =>
  (request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(text)
  }
const called = (deps: ServiceApisDeps, operation: ApiOperation = mapping.operation, actor = platformActor) =>
  makeTestCall(deps, { actor, language: 'en', id: 'demo', operation, input: 'x', parameters: {} })

test('a person makes one test call at a time, and others are not held up', async () => {
  const waiting: (() => void)[] = []
  const deps = await depsFor((request, response) => {
    request.resume()
    waiting.push(() => answering('{}')(request, response))
  })
  const other: Actor = { ...platformActor, id: '22222222-2222-4222-8222-222222222222' }
  const first = called(deps)
  await expect.poll(() => waiting.length).toBe(1)
  await expect(called(deps)).rejects.toMatchObject({ code: 'service_api.trial_running', status: 429 })
  const second = called(deps, mapping.operation, other)
  await expect.poll(() => waiting.length).toBe(2)
  for (const end of waiting) end()
  await Promise.all([first, second])
  const next = called(deps)
  await expect.poll(() => waiting.length).toBe(3)
  waiting[2]?.()
  expect(await next).toMatchObject({ status: 200, prediction: { status: 'succeeded' } })
})

test('an answer that is nested without end is no result, and no error of the platform', async () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  const testCall = await called(await depsFor(answering(deep)))
  expect(testCall).toMatchObject({
    answer: null,
    suggestions: [],
    prediction: { status: 'failed', error: { code: 'algorithm.bad_output' } },
  })
})

test('of a large answer a part is shown, and a person is told', async () => {
  const boxes = Array.from({ length: 60_000 }, () => ({ label: 'x', score: 0.5 }))
  const deps = await depsFor(answering(JSON.stringify({ all: boxes })))
  const answer = { kind: 'classification' as const, path: ['all'], label: 'label', score: 'score' }
  const testCall = apiTestCall.parse(await called(deps, { ...mapping.operation, answer }))
  expect(testCall.suggestions[0]).toEqual(answer)
  expect(testCall).toMatchObject({ is_cut: true, prediction: { outputs: [{ data: { length: 2_000 } }] } })
  expect(await called(await depsFor(answering('{"all": []}')))).toMatchObject({ is_cut: false })
})

test('the list of a document has no path that is an address of another host', async () => {
  const overview = await apiOf(await depsFor(answering('{}')), { actor: platformActor, id: 'demo' })
  expect(overview.operations.map(({ path }) => path)).toEqual(['/x'])
})
