import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { InWorld } from './both-gateways.world.ts'
import { announcing, flood } from './flood.ts'
import { patienceMs } from '../support/patience.ts'

const begun = z.object({ run_id: z.string() })
const gib = 1024 ** 3

/** Everybody else goes on working. `fair-shares.test.ts` plays the rest, also after the control plane was killed. */
export function floodCases(world: InWorld): void {
  test('has 20 runs at once, whatever they send, and somebody else begins one', async () => {
    const { platform, admin } = world()
    const greedy = await platform.person('greedy', 'viewer')
    const gate = join(platform.gates, 'flood')
    const wait = { service_id: 'hostile', input_data: [`until [ -e ${gate} ]; do sleep 0.05; done`] }
    const runs: string[] = []
    const send = async () => {
      const answer = await greedy.request('POST', '/runs', { json: wait })
      if (answer.ok) runs.push(begun.parse(await answer.json()).run_id)
      return answer
    }
    const { statuses, refused, error } = await flood(60, send)
    expect(statuses).toEqual({ 202: 20, 429: 40 })
    expect([error.code, error.details]).toMatchObject(['quota.runs', { limit: 20 }])
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    const mine = { service_id: 'mine', input_data: ['x'] }
    const { run_id } = await admin.post('/runs', begun, mine)
    expect((await admin.runEnd(run_id)).status).toBe('succeeded')
    await writeFile(gate, '')
    await Promise.all(runs.map((id) => greedy.runEnd(id)))
  })

  test('announces uploads of 50 GiB together', async () => {
    const bold = await world().platform.person('bold', 'viewer')
    const { statuses, error } = await flood(50, () => bold.request('POST', '/uploads', announcing(20 * gib)))
    expect(statuses).toEqual({ 201: 2, 413: 48 })
    expect([error.code, error.details]).toMatchObject(['quota.storage', { limit_bytes: 50 * gib }])
  })

  test('begins 20 uploads that they do not finish', async () => {
    const idle = await world().platform.person('idle', 'viewer')
    const { statuses, refused, error } = await flood(30, () =>
      idle.request('POST', '/uploads', announcing(10)),
    )
    expect(statuses).toEqual({ 201: 20, 429: 10 })
    expect(error.code).toBe('quota.uploads')
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('holds 60 event streams, and a closed one makes room', async () => {
    const { platform } = world()
    const [many, one] = [await platform.person('reader', 'viewer'), await platform.person('glance', 'viewer')]
    const closers: AbortController[] = []
    const open = (client: ApiClient) => {
      const abort = new AbortController()
      closers.push(abort)
      return client.request('GET', '/events', { signal: abort.signal })
    }
    const { statuses, error } = await flood(100, () => open(many))
    expect(statuses).toEqual({ 200: 60, 429: 40 })
    expect(error.code).toBe('quota.streams')
    expect((await open(one)).status).toBe(200)
    for (const abort of closers) abort.abort()
    const hasRoom = async () => (await open(many)).status === 200
    expect(await waitFor(hasRoom, { timeoutMs: patienceMs, slowingToMs: 250 })).toBe(true)
    for (const abort of closers) abort.abort()
  })
}
