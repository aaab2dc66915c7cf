import { readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configEndpoints } from '@vitrine/contract'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { ask, changedConfig, setConfig } from './ask-config.ts'
import { told } from './packages.ts'

const longTest = 180_000
const rotated = configEndpoints['POST /config/rotate-key'].response
const effective = configEndpoints['GET /config/effective'].response
const planted = 'planted-secret-76'
let platform: TestPlatform
let admin: ApiClient

beforeAll(async () => {
  platform = await startPlatform()
  admin = await platform.admin()
  await admin.publish('told', { 'ai_algorithm.py': told['ai_algorithm.py'] ?? '' })
  await setConfig(admin, 'env.MODEL_TOKEN', { service_id: 'told', value: planted, secret: true })
}, 180_000)
afterAll(() => platform?.dispose(), 180_000)

const secrets = (name: string) => join(platform.dataFolder, 'secrets', name)
const keyText = () => readFile(secrets('sealing.key'), 'utf8')
const toldToken = async () => JSON.stringify(await (await admin.predict('told', ['MODEL_TOKEN'])).json())
let changes = 0
/** Changes another variable, so that instances are replaced and the secret is opened again. */
const replaced = async () => {
  changes += 1
  const answer = await admin.post('/config/env.OTHER', changedConfig, {
    service_id: 'told',
    value: `change ${changes}`,
  })
  return answer.task_id ? (await admin.taskEnd(answer.task_id)).state : null
}

test(
  'the key of the secrets is changed while the platform runs: everything can be read with the new one alone',
  async () => {
    const before = await keyText()
    const answer = await admin.post('/config/rotate-key', rotated, {})
    // The newest value, and the one in the history.
    expect(answer).toMatchObject({ message: '已更换密钥', sealed: 2, unreadable: 0 })
    expect(await keyText()).not.toBe(before)
    expect((await readdir(secrets(''))).filter((name) => name.startsWith('sealing'))).toEqual(['sealing.key'])
    expect((await stat(secrets('sealing.key'))).mode & 0o777).toBe(0o600)
    await platform.end('SIGTERM')
    await platform.start()
    expect(await replaced()).toBe('succeeded')
    expect(await toldToken()).toContain(planted)
  },
  longTest,
)

test(
  'a secret of the platform itself is stored encrypted, shown to nobody, and sealed anew with the key',
  async () => {
    const key = 'containers.registry_password'
    const { items } = await admin.get('/config/effective?type=system', effective)
    expect(items.find((item) => item.key === key)).toMatchObject({ is_set: false, secret: true })
    await setConfig(admin, key, { value: 'planted-registry-77' })
    const places = [
      `/config/${key}`,
      `/config/${key}/history`,
      '/config',
      '/config/effective',
      '/config/revisions',
    ]
    for (const place of places) {
      const { status, body } = await ask(admin, 'GET', place)
      expect([place, status]).toEqual([place, 200])
      expect(JSON.stringify(body), place).not.toContain('planted-registry-77')
    }
    expect(await ask(admin, 'POST', '/config/rotate-key', {})).toMatchObject({ body: { unreadable: 0 } })
    expect((await ask(admin, 'DELETE', `/config/${key}`)).status).toBe(200)
  },
  longTest,
)

test(
  'only administrators change it',
  async () => {
    const person = await platform.person('person', 'user')
    expect((await ask(person, 'POST', '/config/rotate-key', {})).status).toBe(403)
  },
  longTest,
)

test(
  'a lost key is told at the start and destroys nothing: with the key in its place again, the secret is there',
  async () => {
    await platform.end('SIGTERM')
    await rename(secrets('sealing.key'), secrets('kept'))
    await platform.start()
    expect(platform.notes.join()).toContain('1 secret(s) were encrypted with another key')
    expect(await toldToken()).toContain(planted)
    expect(await replaced()).toBe('failed')
    await platform.end('SIGTERM')
    await rename(secrets('kept'), secrets('sealing.key'))
    await platform.start()
    expect(await replaced()).toBe('succeeded')
    expect(await toldToken()).toContain(planted)
  },
  longTest,
)

test(
  'a key of the environment takes over what the file’s has sealed, and the file is gone',
  async () => {
    await platform.end('SIGTERM')
    const given = { VITRINE_SECRET_KEY: 'a key of the environment, long enough to be one' }
    await platform.start(given)
    expect((await readdir(secrets(''))).filter((name) => name.startsWith('sealing'))).toEqual([])
    expect(await replaced()).toBe('succeeded')
    expect(await toldToken()).toContain(planted)
    expect(await ask(admin, 'POST', '/config/rotate-key', {})).toMatchObject({
      status: 409,
      body: { error: { code: 'config.key_given' } },
    })
  },
  longTest,
)
