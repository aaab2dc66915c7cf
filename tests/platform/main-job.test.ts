import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import {
  apiKey,
  asset,
  logLine,
  pageOf,
  run,
  service,
  stage,
  showcaseItem,
  predictEvents,
} from '@vitrine/contract'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { readEvents, type ApiClient } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { describeRunners } from '../support/runners.ts'
import { counting, echo, gatedCounting, pictureSize } from './packages.ts'
import { onePixel } from '../support/one-pixel.ts'

const started = z.object({ run_id: z.string() })
const predictions = z.object({
  status: z.string(),
  predictions: z.array(z.object({ outputs: z.array(z.object({ kind: z.string(), data: z.unknown() })) })),
})

async function firstData(response: Response): Promise<unknown> {
  expect(response.status).toBe(200)
  return predictions.parse(await response.json()).predictions[0]?.outputs[0]?.data
}

describeRunners('the main job', (runner) => {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    platform = await startPlatform({ runner, database: 'own' })
    admin = await platform.admin()
    await admin.publish('echo', echo())
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)

  test('a file of code is recognised, stored, deployed step by step, and answers', async () => {
    const inspection = await admin.inspect(echo())
    expect(inspection.recognised).toBe('single-file')
    const { version } = await admin.upload(echo(), { algorithm_id: 'steps' })
    expect(version.number).toBe(1)
    const task = await admin.deploy('steps')
    expect(task.steps.map(({ name, state }) => [name, state])).toEqual([
      ['fetch', 'succeeded'],
      ['environment', 'succeeded'],
      ['configure', 'succeeded'],
      ['models', 'skipped'],
      ['start', 'succeeded'],
      ['verify', 'succeeded'],
      ['route', 'succeeded'],
    ])
    expect(task.state).toBe('succeeded')
    expect(task.result).toEqual({ service_id: 'steps', release: 1 })
    expect(await firstData(await admin.predict('steps', ['你好']))).toBe('echo:你好')
  })

  test('a call needs a login token, an API key or a session cookie', async () => {
    const anonymous = platform.anonymous()
    expect((await anonymous.predict('echo', ['a'])).status).toBe(401)
    expect(await firstData(await admin.predict('echo', ['a']))).toBe('echo:a')
    const made = await admin.post('/api-keys', apiKey.extend({ key: z.string() }), {
      name: 'test',
      scopes: ['run'],
    })
    expect(await firstData(await anonymous.with(made.key).predict('echo', ['b']))).toBe('echo:b')
    const cookie = { cookie: `vitrine_session=${admin.token}`, 'sec-fetch-site': 'same-origin' }
    expect(await firstData(await anonymous.predict('echo', ['c'], cookie))).toBe('echo:c')
    expect((await anonymous.with('vk_wrong').predict('echo', ['d'])).status).toBe(401)
  })

  test('the front port of a service gives the same answers as its path', async () => {
    const { front_port: port } = await admin.service('echo')
    const ask = (token: string) =>
      fetch(`http://127.0.0.1:${port}/predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ input_data: ['front'] }),
      })
    expect(await firstData(await ask(admin.token ?? ''))).toBe('echo:front')
    expect((await ask('wrong')).status).toBe(401)
  })

  test('the list of services shows the running ones', async () => {
    const { items } = await admin.get('/services', pageOf(service))
    const found = items.find(({ id }) => id === 'echo')
    expect(found).toMatchObject({
      algorithm_id: 'echo',
      status: 'RUNNING',
      health: 'READY',
      reason: null,
      desired: 'running',
      mode: runner,
      path: '/ai/echo/',
      url: `${platform.origin}/ai/echo/`,
      release: 1,
      replicas: 1,
      owner: 'admin',
      deploying: null,
    })
    expect(found?.instances).toHaveLength(1)
    expect(found?.instances[0]).toMatchObject({ id: 'echo-r1-1', state: 'RUNNING', release: 1, restarts: 0 })
    expect(found?.instances[0]?.pid).toBeGreaterThan(1)
  })

  test('the output of an algorithm is in its log and can be followed live', async () => {
    await admin.publish('prints', counting)
    const abort = new AbortController()
    const response = await admin.request('GET', '/services/prints/logs/stream?lines=0', {
      signal: abort.signal,
    })
    let seen = false
    const live = readEvents(response, ({ data }) => (seen = data.includes('step 0')))
    // No earlier lines are requested, so lines printed before following begins do not count.
    await waitFor(
      async () => {
        await admin.predict('prints', [1])
        return seen
      },
      { timeoutMs: patienceMs, everyMs: 200 },
    )
    const lines = (await live)
      .filter(({ event }) => event === 'line')
      .map(({ data }) => logLine.parse(JSON.parse(data)).text)
    abort.abort()
    expect(lines.some((line) => line.includes('step 0'))).toBe(true)
    const log = await admin.get('/services/logs/prints?lines=50', z.object({ lines: z.array(logLine) }))
    expect(log.lines.some(({ text }) => text.includes('step 0'))).toBe(true)
  })

  test('a run is followed by its events, and stays in the history', async () => {
    await admin.publish('counting', gatedCounting)
    const gate = join(platform.gates, 'counting')
    const input = { service_id: 'counting', input_data: [{ steps: 5, gate }] }
    const { run_id: id } = await admin.post('/runs', started, input)
    const stream = await admin.request('GET', `/runs/${id}/events`)
    await writeFile(gate, '')
    const events = await readEvents(stream)
    const names = events.map(({ event }) => event)
    // A slow listener gets the newest of the outputs that replace each other.
    expect(names).toContain('output')
    const newest = events.findLast(({ event }) => event === 'output')
    expect(predictEvents.output.parse(JSON.parse(newest?.data ?? '')).outputs).toMatchObject([
      { data: { value: 4 } },
    ])
    expect(names).toContain('progress')
    expect(names).toContain('log')
    expect(names.indexOf('completed')).toBeGreaterThan(names.lastIndexOf('output'))
    expect(names.at(-1)).toBe('status')
    expect(run.parse(JSON.parse(events.at(-1)?.data ?? '')).status).toBe('succeeded')
    const history = await admin.get('/runs?service_id=counting', pageOf(run))
    expect(history.items.find((entry) => entry.id === id)).toMatchObject({
      status: 'succeeded',
      release: 1,
      created_by: 'admin',
    })
    const later = await readEvents(await admin.request('GET', `/runs/${id}/events`))
    expect(later.map(({ event }) => event)).toEqual(['completed', 'status'])
  })

  test('a running run can be cancelled, and its algorithm takes the next one', async () => {
    await admin.publish('endless', counting)
    const { run_id: id } = await admin.post('/runs', started, {
      service_id: 'endless',
      input_data: [100_000],
    })
    await readEvents(await admin.request('GET', `/runs/${id}/events`), ({ event }) => event === 'output')
    await admin.post(`/runs/${id}/cancel`, run)
    const ended = await admin.runEnd(id)
    expect(ended).toMatchObject({ status: 'cancelled', error: { code: 'run.cancelled' } })
    const next = await admin.post('/runs', started, { service_id: 'endless', input_data: [1] })
    expect((await admin.runEnd(next.run_id)).status).toBe('succeeded')
  })

  test('a service with a demo input is in the showcase with a real result', async () => {
    const yaml = 'name: 回声\ntask: text-generation\nexamples:\n  - { name: 问候, input_data: [早] }\n'
    await admin.publish('shown', { ...echo(), 'algorithm.yaml': yaml })
    const item = await waitFor(
      async () => {
        const { items } = await admin.get('/showcase', pageOf(showcaseItem))
        return items.find(({ service_id: id, sample }) => id === 'shown' && sample !== null)
      },
      { timeoutMs: patienceMs, everyMs: 100 },
    )
    expect(item).toMatchObject({
      name: '回声',
      task: 'text-generation',
      sample: { input: '早', kind: 'text', data: 'echo:早' },
    })
    const shown = await admin.get('/showcase/shown', stage)
    expect(shown).toMatchObject({ name: '回声', release: 1, status: 'RUNNING' })
    expect(shown.examples).toMatchObject([{ name: '问候', input_data: ['早'] }])
  })

  test('an uploaded picture reaches the algorithm, is served in ranges, and is hidden from others', async () => {
    await admin.publish('picture', pictureSize)
    const form = new FormData()
    form.append('file', new Blob([onePixel], { type: 'image/png' }), '一个像素.png')
    const encoded = new Response(form)
    const uploaded = await admin.call('POST', '/assets', asset, {
      form: {
        payload: Buffer.from(await encoded.arrayBuffer()),
        headers: { 'content-type': encoded.headers.get('content-type') ?? '' },
      },
    })
    expect(uploaded).toMatchObject({
      name: '一个像素.png',
      kind: 'image',
      mime: 'image/png',
      width: 1,
      height: 1,
    })
    const { run_id: id } = await admin.post('/runs', started, {
      service_id: 'picture',
      asset_id: uploaded.id,
    })
    const ended = await admin.runEnd(id)
    expect(ended.error).toBeNull()
    expect(ended.result?.predictions[0]?.outputs[0]?.data).toMatchObject({ value: onePixel.length })
    const content = `/assets/${uploaded.id}/content`
    const part = await admin.request('GET', content, { headers: { range: 'bytes=0-7' } })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes 0-7/${onePixel.length}`)
    expect(Buffer.from(await part.arrayBuffer())).toEqual(onePixel.subarray(0, 8))
    const past = await admin.request('GET', content, { headers: { range: `bytes=${onePixel.length}-` } })
    expect(past.status).toBe(416)
    const other = await platform.person('stranger', 'user')
    expect((await other.request('GET', content)).status).toBe(404)
    expect((await other.request('GET', `/assets/${uploaded.id}`)).status).toBe(404)
  })
})
