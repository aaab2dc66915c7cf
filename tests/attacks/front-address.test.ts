import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorBody, serviceEndpoints, portEndpoints, gatewayEndpoints } from '@vitrine/contract'
import { echo } from '../platform/packages.ts'
import { RefusedError, type ApiClient } from '../support/api-client.ts'
import { describeGateways } from '../support/gateways.ts'
import { asOutsider } from '../support/lock-thief.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { runnerBeside } from '../support/runners.ts'
import { makeTestDatabase } from '../support/test-database.ts'

const ledger = portEndpoints['GET /ports'].response
const reloaded = gatewayEndpoints['POST /gateway/reload'].response
const services = serviceEndpoints['GET /services'].response
const longTest = 240_000
const patient = { timeout: 60_000, interval: 100 }
const injected = '127.0.0.1:80; } server { listen 127.0.0.1'

describeGateways('the address of a front port', (gateway) => {
  let database: Awaited<ReturnType<typeof makeTestDatabase>>
  let platform: TestPlatform
  let admin: ApiClient
  let maker: ApiClient

  beforeAll(async () => {
    database = await makeTestDatabase()
    platform = await startPlatform({
      runner: runnerBeside(gateway),
      environment: { VITRINE_GATEWAY: gateway, DATABASE_URL: database.url },
    })
    admin = await platform.admin()
    maker = await platform.person('maker', 'user')
    await maker.upload(echo('made'), { algorithm_id: 'made' })
    await admin.publish('other', echo('other'))
  }, 240_000)
  afterAll(async () => {
    await platform?.dispose()
    await database?.drop()
  }, 180_000)

  const ask = (who: ApiClient, host: string, language = 'en') =>
    who.request('POST', '/services/deploy', {
      json: { algorithm_id: 'made', service_config: { host } },
      headers: { 'accept-language': language },
    })
  const errorOf = async (answer: Response) => errorBody.parse(await answer.json()).error
  const frontPorts = async () =>
    (await admin.get('/ports', ledger)).items.flatMap(({ kind, port }) => (kind === 'front' ? [port] : []))
  /** The answer of a service at its front port of an address. */
  const answerAt = async (host: string, id: string) => {
    const { front_port: port } = await admin.service(id)
    const answer = await fetch(`http://${host}:${port}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${admin.token}` },
      body: JSON.stringify({ input_data: ['x'] }),
    })
    return answer.text()
  }

  test.each(['::1%lo', 'fe80::1%25lo', 'localhost', '999.1.1.1', '', injected])(
    '%j is refused with the field, whoever asks, and no port is held',
    async (host) => {
      const before = await frontPorts()
      for (const who of [maker, admin]) {
        const answer = await ask(who, host)
        expect(answer.status).toBe(422)
        const { code, details } = await errorOf(answer)
        expect(code).toBe('request.invalid')
        expect(details.issues).toMatchObject([{ path: 'service_config.host' }])
      }
      expect(await frontPorts()).toEqual(before)
    },
  )

  test.each(['0.0.0.0', '::', '127.0.0.2', '192.0.2.77'])(
    'only an administrator may choose %s',
    async (host) => {
      const before = await frontPorts()
      const answer = await ask(maker, host)
      expect(answer.status).toBe(403)
      expect(await errorOf(answer)).toMatchObject({
        code: 'port.host_not_permitted',
        message: expect.stringContaining('Only an administrator'),
        details: { host, allowed: ['127.0.0.1'] },
      })
      expect((await errorOf(await ask(maker, host, 'zh'))).message).toContain('只有管理员')
      expect(await frontPorts()).toEqual(before)
    },
  )

  test('an address of another machine is refused to an administrator too, and no port is held', async () => {
    const before = await frontPorts()
    const answer = await ask(admin, '192.0.2.77')
    expect(answer.status).toBe(422)
    expect(await errorOf(answer)).toMatchObject({
      code: 'port.host_unavailable',
      message: expect.stringContaining('no address 192.0.2.77'),
    })
    expect((await errorOf(await ask(admin, '192.0.2.77', 'zh'))).message).toContain('没有地址 192.0.2.77')
    expect(await frontPorts()).toEqual(before)
  })

  test(
    'an administrator may move a front port to all addresses and back',
    async () => {
      for (const host of ['0.0.0.0', '127.0.0.1']) {
        const ended = await admin.deploy('other', { service_config: { host } })
        expect(ended.state).toBe('succeeded')
        const outside = () => answerAt('127.0.0.9', 'other').catch(() => 'closed')
        await expect.poll(() => answerAt('127.0.0.1', 'other'), patient).toContain('other:x')
        // Workers of nginx from before keep the address open until they have heard of the change.
        await expect.poll(outside, patient).toContain(host === '0.0.0.0' ? 'other:x' : 'closed')
        expect((await admin.service('other')).reason).toBeNull()
      }
    },
    longTest,
  )

  test(
    'a bad address that is stored already stops neither other services, nor the start, nor its own end',
    async () => {
      for (const id of ['bad-zone', 'bad-absent', 'bad-text'])
        expect((await maker.deploy('made', { service_id: id })).state).toBe('succeeded')
      await asOutsider(database.name, async (client) => {
        for (const [id, host] of [
          ['bad-zone', '::1%lo'],
          ['bad-absent', '192.0.2.77'],
          ['bad-text', injected],
        ])
          await client.query(
            `update algorithm_services set options = jsonb_set(options::jsonb, '{frontHost}', $2::jsonb) where id = $1`,
            [id, JSON.stringify(host)],
          )
      })

      const othersWork = async () => {
        expect((await admin.post('/gateway/reload', reloaded)).driver).toBe(gateway)
        for (const action of ['stop', 'start', 'restart'] as const)
          expect((await admin.operate(action, 'other')).state).toBe('succeeded')
        expect((await admin.deploy('other')).state).toBe('succeeded')
        await admin.change('other', { timeout: 50 })
        expect(await answerAt('127.0.0.1', 'other')).toContain('other:x')
      }
      const areTold = async () => {
        for (const id of ['bad-zone', 'bad-absent', 'bad-text']) {
          // After a start of the platform, a service that was ended with it has to become ready first.
          await expect.poll(async () => (await admin.predict(id, ['x'])).status, patient).toBe(200)
          await expect.poll(async () => (await admin.service(id)).reason, patient).not.toBeNull()
          const { reason, front_port: port } = await admin.service(id)
          expect(reason).toContain(String(port))
          const listed = (await admin.get('/services', services)).items.find((one) => one.id === id)
          expect(listed?.reason).toBe(reason)
        }
        await expect.poll(platform.log, patient).toContain('the gateway leaves out what it cannot serve')
      }
      await othersWork()
      await areTold()
      await platform.end('SIGTERM')
      await platform.start()
      await areTold()
      await platform.end('SIGINT')
      await platform.start()
      await areTold()
      await othersWork()

      const moved = await maker.change('bad-zone', { port: platform.frontRange.last }).catch((error) => error)
      expect(moved).toBeInstanceOf(RefusedError)
      expect(moved).toMatchObject({ status: 422, code: 'port.host_unavailable' })
      const mended = await maker.deploy('made', {
        service_id: 'bad-zone',
        service_config: { host: '127.0.0.1' },
      })
      expect(mended.state).toBe('succeeded')
      expect(await answerAt('127.0.0.1', 'bad-zone')).toContain('made:x')
      expect((await maker.operate('stop', 'bad-text')).state).toBe('succeeded')
      for (const id of ['bad-zone', 'bad-absent', 'bad-text'])
        expect((await maker.deleteService(id)).state).toBe('succeeded')
    },
    longTest,
  )
})
