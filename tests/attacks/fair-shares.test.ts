import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorBody, task } from '@vitrine/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import { echo } from '../platform/packages.ts'
import { RefusedError, type ApiClient, type PackageFiles } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { readyAt, waiting } from './fair-shares.packages.ts'
import { announcing, flood } from './flood.ts'

/** One person takes as much as they can get. Everybody else goes on working. `flood.cases.ts` has what needs no setting. */

const begun = z.object({ run_id: z.string() })
const started = z.object({ items: z.array(z.object({ id: z.string() })), total: z.number() })

const mostFiles = 3_210

let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform({
    environment: {
      VITRINE_QUOTA_RESULTS_MB: '2',
      VITRINE_CEILING_OPEN_FILES: String(mostFiles),
    },
  })
  admin = await platform.admin()
  await admin.publish('waiting', waiting)
  await admin.publish('echo', echo())
}, 240_000)
afterAll(() => platform?.dispose(), 120_000)

describe('runs', () => {
  const gateOf = (name: string) => join(platform.gates, name)
  const open = (name: string) => writeFile(gateOf(name), '')
  const run = (who: string, gate: string) => ({
    service_id: 'waiting',
    input_data: [{ who, gate: gateOf(gate) }],
  })

  test('of one person are bounded, also after the control plane was killed', async () => {
    const greedy = await platform.person('greedy', 'viewer')
    const send = () => greedy.request('POST', '/runs', { json: run('greedy', 'flood') })
    const { statuses, refused, error } = await flood(60, send)
    expect(statuses).toEqual({ 202: 20, 429: 40 })
    expect([error.code, error.details]).toMatchObject(['quota.runs', { limit: 20 }])
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)

    await platform.end('SIGKILL')
    await platform.start()
    expect((await send()).status).toBe(429)
    const id = (await greedy.get('/runs?page_size=1', started)).items[0]?.id ?? ''
    expect((await greedy.request('POST', `/runs/${id}/cancel`)).status).toBe(202)
    await greedy.runEnd(id)
    expect((await send()).status).toBe(202)
    await open('flood')
  }, 240_000)

  test('of one person let those of another one pass', async () => {
    const [many, one] = [await platform.person('many', 'viewer'), await platform.person('one', 'viewer')]
    for (let n = 0; n < 20; n += 1) await many.post('/runs', begun, run('many', 'turns'))
    const { run_id } = await one.post('/runs', begun, run('one', 'turns'))
    await open('turns')
    const { result } = await one.runEnd(run_id)
    const calls = JSON.stringify(result).split('one ')[0] ?? ''
    // One that is carried out and one that waits for it at the instance.
    expect(calls.match(/many/g)?.length).toBeLessThanOrEqual(2)
  }, 120_000)

  test('of a visitor are bounded, and a visitor who sheds their cookie is no other one', async () => {
    const share = await admin.post('/shares', z.object({ url: z.string() }), {
      kind: 'stage',
      target_id: 'waiting',
      may_run: true,
    })
    const token = share.url.split('/').at(-1) ?? ''
    const body = { input_data: run('visitor', 'link').input_data, parameters: {} }
    const headers = { 'sec-fetch-site': 'same-origin' }
    const visit = (cookie?: string) =>
      platform.anonymous().request('POST', `/public/shares/${token}/runs`, {
        json: body,
        headers: { ...headers, ...(cookie && { cookie }) },
      })
    const first = await visit()
    expect(first.status).toBe(202)
    const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? ''
    const statuses = []
    for (let n = 0; n < 4; n += 1) statuses.push((await visit(cookie)).status)
    expect(statuses).toEqual([202, 202, 429, 429])
    const { statuses: shed } = await flood(20, () => visit())
    expect(shed[202] ?? 0).toBeLessThanOrEqual(7)
    await open('link')
  }, 120_000)

  test('take a bounded place in the store, which their owner can empty', async () => {
    const hoarder = await platform.person('hoarder', 'viewer')
    const send = () =>
      hoarder.request('POST', '/runs', {
        json: { service_id: 'echo', input_data: ['x'.repeat(300_000)] },
      })
    const refused = await waitFor(
      async () => {
        const answer = await send()
        if (answer.status !== 202) return answer
        await hoarder.runEnd(begun.parse(await answer.json()).run_id)
        return null
      },
      { timeoutMs: 60_000, everyMs: 100 },
    )
    expect(refused?.status).toBe(409)
    expect(errorBody.parse(await refused?.json()).error.code).toBe('quota.results')
    const { items } = await hoarder.get('/runs?page_size=500', started)
    for (const { id } of items) expect((await hoarder.request('DELETE', `/runs/${id}`)).status).toBe(204)
    expect((await send()).status).toBe(202)
  }, 120_000)
})

describe('deploys', () => {
  test('of one person that never end, also those of a batch, leave places for others', async () => {
    const [slow, other] = [await platform.person('slow', 'user'), await platform.person('other', 'user')]
    const gate = join(platform.gates, 'deploys')
    const ids = ['never-1', 'never-2', 'never-3', 'never-4', 'never-5', 'never-6']
    for (const algorithm_id of ids) await slow.upload(readyAt(gate), { algorithm_id })
    for (const id of ids.slice(0, 5)) await slow.beginDeploy(id)
    const tasks = z.object({ items: z.array(task) })
    const inState = async (state: string) => (await slow.get(`/tasks?state=${state}`, tasks)).items
    const deploying = async () =>
      (await inState('running')).flatMap(({ kind, id }) => (kind === 'service.deploy' ? [id] : [])).sort()
    const isFull = async () => (await deploying()).length === 4
    expect(await waitFor(isFull, { timeoutMs: 60_000, slowingToMs: 250 })).toBe(true)
    const first = await deploying()
    await slow.post('/services/batch', z.unknown(), { action: 'deploy', service_ids: ids.slice(0, 3) })

    expect((await other.publish('quick', echo())).status).toBe('RUNNING')
    expect((await other.operate('restart', 'quick')).state).toBe('succeeded')
    // None of them has ended meanwhile to make room.
    expect(await deploying()).toEqual(first)
    await writeFile(gate, '')
    for (const id of [...first, ...(await inState('queued')).map((queued) => queued.id)])
      await slow.taskEnd(id)
  }, 240_000)
})

describe('uploads', () => {
  const gib = 1024 ** 3
  const announce = (client: ApiClient, bytes: number) => client.request('POST', '/uploads', announcing(bytes))

  test('of one person may announce only what fits, also after the control plane was killed', async () => {
    const bold = await platform.person('bold', 'viewer')
    const { statuses, error } = await flood(50, () => announce(bold, 20 * gib))
    expect(statuses).toEqual({ 201: 2, 413: 48 })
    expect([error.code, error.details]).toMatchObject(['quota.storage', { limit_bytes: 50 * gib }])
    await platform.end('SIGKILL')
    await platform.start()
    expect((await announce(bold, 20 * gib)).status).toBe(413)
    const small = await announce(bold, 10 * gib)
    expect(small.status).toBe(201)
    expect((await announce(bold, 1)).status).toBe(413)
    const at = `/${small.headers.get('location')?.split('/').slice(-2).join('/')}`
    const headers = { 'tus-resumable': '1.0.0' }
    expect((await bold.request('DELETE', at, { headers })).status).toBe(204)
    expect((await announce(bold, 1)).status).toBe(201)
    expect((await announce(admin, gib)).status).toBe(201)
  }, 120_000)
})

describe('limits of instances', () => {
  test('are not above the ceiling, whoever states them, and the refusal names the field', async () => {
    const proud = await platform.person('proud', 'user')
    await proud.publish('proud', echo())
    const issuesOf = (error: RefusedError) => error.details.issues
    const ask = (limits: object) => proud.change('proud', { limits }).catch((error: RefusedError) => error)
    const refused = await ask({ processes: 1_000_000, open_files: 1_048_576, memory_mb: 16_777_216 })
    if (!(refused instanceof RefusedError)) throw new Error('it was not refused')
    expect([refused.status, refused.code]).toEqual([422, 'request.invalid'])
    expect(issuesOf(refused)).toMatchObject([
      { path: 'limits.memory_mb' },
      { path: 'limits.processes' },
      { path: 'limits.open_files' },
    ])
    const large = { 'algorithm.yaml': 'resources: { processes: 5000 }\n' }
    await proud.upload({ ...echo(), ...large }, { algorithm_id: 'proud' })
    const deployed = await proud.beginDeploy('proud').catch((error: RefusedError) => error)
    expect(deployed).toMatchObject({ status: 422, details: { issues: [{ path: 'resources.processes' }] } })
  }, 120_000)

  test('hold for an instance whose owner states none', async () => {
    const files: PackageFiles = {
      'ai_algorithm.py': [
        'import resource',
        '',
        'class Algorithm:',
        '    def predict(self, input_data, **parameters):',
        '        return [resource.getrlimit(resource.RLIMIT_NOFILE)[0]]',
        '',
      ].join('\n'),
    }
    await admin.publish('files', files)
    const text = await (await admin.predict('files', ['a'])).text()
    expect(text).toContain(String(mostFiles))
  }, 120_000)
})
