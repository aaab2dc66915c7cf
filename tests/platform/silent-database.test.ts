import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { freezeServer } from '../support/frozen-server.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { ask, setConfig } from './ask-config.ts'
import { told } from './packages.ts'

const longTest = 240_000
/** The server is found silent within 25 s, and a new connection is waited for 20 s. A busy machine is later. */
const boundMs = 60_000
const found = configEndpoints['GET /config/{key}'].response
const effective = configEndpoints['GET /config/effective'].response
let platform: TestPlatform
let admin: ApiClient
let thaw = () => {}

beforeAll(async () => {
  platform = await startPlatform({ database: 'own' })
  admin = await platform.admin()
  await writeFile(
    join(platform.dataFolder, 'config.yaml'),
    'runs.keep_days: 40\nenv.GREETING: from the file\n',
  )
  await platform.end('SIGTERM')
  await platform.start()
}, 180_000)
afterAll(async () => {
  thaw()
  await platform?.dispose()
}, 180_000)

const postmaster = async () =>
  Number((await readFile(join(platform.dataFolder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
const greeting = async () =>
  JSON.stringify(await (await admin.predict('told', ['GREETING', 'MODEL_TOKEN'])).json())
const effectiveDays = async () =>
  (await admin.get('/config/effective', effective)).items.find(({ key }) => key === 'runs.keep_days')

test(
  'a database that answers nothing is an error within a minute, and never the value of a file',
  async () => {
    await admin.upload(told, { algorithm_id: 'told' })
    const env = { GREETING: 'from the database', MODEL_TOKEN: 'abc' }
    expect((await admin.deploy('told', { service_config: { env } })).state).toBe('succeeded')
    await setConfig(admin, 'runs.keep_days', { value: 45 })
    const gitea = await ask(admin, 'GET', '/gitea/config')

    thaw = freezeServer(await postmaster())
    const questions: [string, string, object?][] = [
      ['GET', '/config/runs.keep_days'],
      ['GET', '/config/effective'],
      ['GET', '/config/effective?service_id=told'],
      ['GET', '/config/service/told'],
      ['GET', '/config/export'],
      ['POST', '/config/runs.keep_days', { value: 50 }],
      ['POST', '/services/start/told'],
      ['POST', '/services/restart/told'],
      ['POST', '/services/deploy', { algorithm_id: 'told' }],
      ['GET', '/gitea/config'],
    ]
    const answers = await Promise.all(
      questions.map(async ([method, path, body]) => {
        const begun = performance.now()
        const { status, body: said } = await ask(admin, method, path, body)
        return { path, isInTime: performance.now() - begun < boundMs, status, said }
      }),
    )
    expect(answers).toEqual(
      questions.map(([, path]) => ({
        path,
        isInTime: true,
        status: 503,
        said: { error: expect.objectContaining({ code: 'database.unavailable' }) },
      })),
    )
    const ready = performance.now()
    expect((await fetch(`${platform.origin}/readyz`)).status).toBe(503)
    expect(performance.now() - ready).toBeLessThan(boundMs)
    // What serves needs no database.
    expect(await greeting()).toContain('from the database')

    thaw()
    await expect.poll(() => ask(admin, 'GET', '/gitea/config'), { timeout: boundMs }).toEqual(gitea)
    expect((await admin.get('/config/runs.keep_days', found)).value).toBe(45)
    expect(await effectiveDays()).toMatchObject({
      source: 'database',
      value: 45,
      overridden: [{ source: 'file', value: 40 }, { source: 'default' }],
    })
    expect((await admin.operate('restart', 'told')).state).toBe('succeeded')
    expect(await greeting()).toContain('from the database')
  },
  longTest,
)

test(
  'a platform does not start on a database that answers nothing, and says why',
  async () => {
    const silent = createServer(() => {})
    await once(silent.listen(0, '127.0.0.1'), 'listening')
    const address = silent.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    try {
      const url = `postgresql://vitrine@127.0.0.1:${port}/vitrine`
      await expect(startPlatform({ environment: { DATABASE_URL: url } })).rejects.toThrow(
        /database\.unavailable/,
      )
    } finally {
      silent.close()
    }
  },
  longTest,
)
