import { EventEmitter, once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { multipart } from '../../../../../tests/support/multipart.ts'
import { createTestApp } from '../../../../../tests/support/test-app.ts'
import { registerAlgorithmRoutes } from './algorithms.routes.ts'
import { openWorld, smallest } from './algorithms.test-world.ts'

test('an inspection whose reader has left ends, so that it keeps nobody’s turn', async () => {
  const world = await openWorld()
  onTestFinished(() => world.close())
  const happened = new EventEmitter()
  const begun = once(happened, 'begun')
  const ended = once(happened, 'ended')
  const recognise = (_person: string, _view: unknown, _given: unknown, signal?: AbortSignal) =>
    new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        happened.emit('ended')
        reject(signal.reason)
      })
      happened.emit('begun')
    })
  const app = await createTestApp()
  onTestFinished(() => app.close())
  const { deps, arrived } = world
  await registerAlgorithmRoutes(app, {
    ...deps,
    arrived,
    recogniser: { ...deps.recogniser, recognise },
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const body = await multipart({ files: { 'ai_algorithm.py': smallest }, fields: {} })
  const client = new AbortController()
  const asked = fetch(`${origin}/api/v1/algorithms/inspect`, {
    method: 'POST',
    headers: { 'x-test-role': 'user', ...body.headers },
    body: new Uint8Array(body.payload),
    signal: client.signal,
  })
  const left = expect(asked).rejects.toThrow('aborted')
  await begun
  client.abort()
  await left
  await ended
})
