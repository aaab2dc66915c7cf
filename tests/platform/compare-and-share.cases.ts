import { readdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { comparison, run, type Run } from '@vitrine/contract'
import { z } from 'zod'
import { waitFor } from '../../apps/server/src/lib/wait-for.ts'
import type { ApiClient } from '../support/api-client.ts'
import { patienceMs } from '../support/patience.ts'
import type { TestPlatform } from '../support/platform.ts'
import { instanceProcesses } from '../support/platform-processes.ts'
import type { InWorld } from '../support/shared-platform.ts'
import { echo } from './packages.ts'

const startup = 180_000
const isOpen = ({ status }: { status: string }) => status === 'queued' || status === 'running'
const answers = (of: Run) => of.result?.predictions[0]?.outputs[0]?.data

/** Comparisons, and what customers see of a service. */
export function compareAndShareCases(world: InWorld): void {
  let platform: TestPlatform
  let admin: ApiClient

  beforeAll(async () => {
    ;({ platform, admin } = world())
    await admin.publish('words', echo('one'))
    await admin.publish('words', echo('two'))
  }, startup)

  const begin = async (targets: object[]) =>
    (
      await admin.post('/comparisons', z.object({ comparison_id: z.string() }), {
        input: { input_data: ['x'] },
        targets,
      })
    ).comparison_id
  const ended = async (id: string) => {
    const done = await waitFor(
      async () => {
        const now = await admin.get(`/comparisons/${id}`, comparison)
        return !isOpen(now) && now
      },
      { timeoutMs: 60_000, everyMs: 100 },
    )
    if (!done) throw new Error(`comparison ${id} does not end`)
    return done
  }
  const socketsOfRelease = async (release: number) => {
    const [instance] = (await admin.service('words')).instances
    if (!instance?.endpoint || !('socket' in instance.endpoint)) throw new Error('it has no socket')
    const names = await readdir(dirname(instance.endpoint.socket))
    return names.filter((name) => name.startsWith(`words-r${release}-`))
  }

  test('an older release is compared with the current one, and no caller of the service ever reaches it', async () => {
    const done = await ended(await begin([{ service_id: 'words' }, { service_id: 'words', release: 1 }]))
    expect(done.cells.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
    const runs = await Promise.all(done.cells.map(({ run_id: id }) => admin.get(`/runs/${id}`, run)))
    expect(runs.map(answers)).toEqual(['two:x', 'one:x'])
    expect(await socketsOfRelease(1)).toHaveLength(1)
    const called = await Promise.all(Array.from({ length: 20 }, () => admin.predict('words', ['x'])))
    for (const answer of called) expect(await answer.text()).toContain('two:x')
    expect((await admin.service('words')).instances.map(({ release }) => release)).toEqual([2])
  })

  test(
    'instances of older releases that a crash left are gone after the restart, and the service keeps running',
    async () => {
      await ended(await begin([{ service_id: 'words' }, { service_id: 'words', release: 1 }]))
      expect(await socketsOfRelease(1)).toHaveLength(1)
      const older = () => instanceProcesses(platform.dataFolder, 'words-r1-c1')
      expect(await older()).not.toEqual([])
      await platform.end('SIGKILL')
      expect((await admin.predict('words', ['x'])).status).toBe(200)
      await platform.start()
      admin = await platform.admin()
      const gone = async () => (await older()).length === 0 && (await socketsOfRelease(1)).length === 0
      expect(await waitFor(gone, { timeoutMs: patienceMs, everyMs: 100 })).toBe(true)
      expect((await admin.predict('words', ['x'])).status).toBe(200)
    },
    startup,
  )

  test('a customer with a link runs the stage through the public address, and reaches nothing else', async () => {
    const made = await admin.post('/shares', z.object({ token: z.string(), url: z.string() }), {
      kind: 'stage',
      target_id: 'words',
      may_run: true,
      max_runs: 1,
    })
    expect(made.url).toBe(`${platform.origin}/s/${made.token}`)
    const link = `/public/shares/${made.token}`
    const customer = platform.anonymous()
    const headers = { 'sec-fetch-site': 'same-origin' }
    const begun = await customer.request('POST', `${link}/runs`, { headers, json: { input_data: ['x'] } })
    expect(begun.status).toBe(202)
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? ''
    const { run_id: id } = z.object({ run_id: z.string() }).parse(await begun.json())
    const read = () => customer.call('GET', `${link}/runs/${id}`, run, { headers: { cookie } })
    const done = await waitFor(async () => !isOpen(await read()) && read(), { timeoutMs: patienceMs })
    expect(done && answers(done)).toBe('two:x')
    const status = async (method: string, path: string) =>
      (await customer.request(method, path, { headers: { ...headers, cookie } })).status
    expect([await status('GET', `${link}/runs/${id}`), await status('GET', `/runs/${id}`)]).toEqual([
      200, 401,
    ])
    expect(await status('GET', '//ai/words/health')).toBe(401)
    expect((await customer.request('GET', link)).status).toBe(410)
  })

  test('a chat shows the title of a link, and for an ended link the product’s', async () => {
    const made = await admin.post('/shares', z.object({ id: z.string(), url: z.string() }), {
      kind: 'stage',
      target_id: 'words',
      title: 'Words & more',
    })
    const head = async () => (await (await fetch(made.url)).text()).split('</head>')[0]
    const named = [
      '<title>Words &amp; more</title>',
      '<meta property="og:title" content="Words &amp; more" />',
    ]
    for (const tag of named) expect(await head()).toContain(tag)
    await admin.request('DELETE', `/shares/${made.id}`)
    for (const tag of named) expect(await head()).not.toContain(tag)
    expect(await head()).toContain('<meta property="og:title" content="智能算法展示平台')
  })
}
