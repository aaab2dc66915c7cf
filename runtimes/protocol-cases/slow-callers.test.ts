import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { patienceMs } from '../../tests/support/patience.ts'
import { fixtures, type Fixture } from './fixtures.ts'
import { startInstance, type Instance, type Runtime } from './instance.ts'
import { startPlatform, type FakePlatform } from './platform.ts'
import { bundleNodeRuntime, pythonRuntime } from './runtimes.ts'

/** More than the system keeps for a connection whose reader does not read. */
const longAnswer = 32 * 2 ** 20
/** Fewer than may fetch at once, and more than the threads that Python's event loop has for everything else. */
const manyFetches = 31

const code: Record<Runtime['language'], [string, string]> = {
  python: [
    'ai_algorithm.py',
    'class Algorithm:\n    def predict(self, input_data):\n        return ["x" * each for each in input_data]\n',
  ],
  node: ['index.js', "exports.predict = (elements) => elements.map((each) => 'x'.repeat(each))\n"],
}

const node = bundleNodeRuntime()
let platform: FakePlatform
beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => {
  node.remove()
  await platform.close()
})

function connectTo(instance: Instance): Socket {
  const socket = connect(Number(new URL(instance.url).port), '127.0.0.1')
  // What the other side resets has failed as the test expects, or the test waits in vain for an answer.
  socket.on('error', () => undefined)
  return socket
}

const isRefused = (instance: Instance) =>
  fetch(`${instance.url}/health`).then(
    () => false,
    () => true,
  )

describe.each([pythonRuntime, node])('the $language runtime', (runtime) => {
  let instance: Instance | null = null
  afterEach(async () => {
    await instance?.remove()
    instance = null
  })
  const start = async (name: string, fixture: Fixture | undefined, own = runtime) => {
    if (!fixture) throw new Error(`there is no fixture ${name}`)
    instance = await startInstance(own, name, fixture, platform.url)
    return instance
  }
  const predict = (url: string, element: unknown) =>
    fetch(`${url}/predict`, { method: 'POST', body: JSON.stringify({ input_data: [element] }) })

  test('sends its last answer whole to a caller that reads it only after the end has begun', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vitrine-long-answer-'))
    try {
      const [name, source] = code[runtime.language]
      writeFileSync(join(folder, name), source)
      if (runtime.language === 'node') writeFileSync(join(folder, 'package.json'), '{}')
      const own = { ...runtime, codeFolder: () => folder }
      const stopping = await start('long', { code: 'long', manifest: {} }, own)
      const asked = request(`${stopping.url}/predict`, { method: 'POST' })
      asked.end(JSON.stringify({ input_data: [longAnswer] }))
      const [answer]: IncomingMessage[] = await once(asked, 'response')
      if (!answer) throw new Error('there is no answer')
      stopping.terminate()
      expect(await waitFor(() => isRefused(stopping), { timeoutMs: patienceMs })).toBe(true)
      let length = 0
      for await (const chunk of answer) length += Buffer.byteLength(String(chunk))
      expect(length).toBeGreaterThan(longAnswer)
      expect(await stopping.ended).toMatchObject({ exitCode: 0 })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('ends although somebody has connected and sends nothing', async () => {
    const stopping = await start('toolbox', fixtures['toolbox'])
    const silent = connectTo(stopping)
    const begins = connectTo(stopping)
    await Promise.all([once(silent, 'connect'), once(begins, 'connect')])
    begins.write('POST /predict HTTP/1.1\r\nhost: x\r\n')
    // Connections are accepted in their order, so those two have been accepted when this one is answered.
    expect((await fetch(`${stopping.url}/health`)).status).toBe(200)
    stopping.terminate()
    expect(await stopping.ended).toMatchObject({ exitCode: 0 })
    silent.destroy()
    begins.destroy()
  })

  test('refuses a body that is announced as too large before it arrives', async () => {
    const socket = connectTo(await start('toolbox', fixtures['toolbox']))
    socket.write(`POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: ${2 ** 30 + 1}\r\n\r\n`)
    const [head]: unknown[] = await once(socket, 'data')
    expect(String(head)).toMatch(/^HTTP\/1.1 413 /)
    socket.destroy()
  })

  test('answers others while many fetch media from a sender that does not go on', async () => {
    const { url } = await start('media', fixtures['media'])
    const ids = Array.from({ length: manyFetches }, (_, index) => `held-${runtime.language}-${index}`)
    const waiting = ids.map((id) => predict(url, { asset_id: id }))
    const allHeld = () => ids.every((id) => platform.held.has(id))
    expect(await waitFor(allHeld, { timeoutMs: patienceMs })).toBe(true)
    // Long enough to be parsed in another thread, where a runtime does that.
    const other = await predict(url, { data: 'QUJD'.repeat(200_000) })
    expect(other.status).toBe(200)
    for (const id of ids) platform.held.get(id)?.letGo()
    const statuses = (await Promise.all(waiting)).map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([200]))
  })
})
