import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import { describeGateways } from '../support/gateways.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { aSecondLater, newPerson, revocations } from './revoked.people.ts'

/** What a revocation may take. */
const atMostMs = 1_000

describeGateways('somebody whose sign-in was revoked', (gateway) => {
  let platform: TestPlatform
  let admin: ApiClient
  beforeAll(async () => {
    platform = await startPlatform({ database: 'own', environment: { VITRINE_GATEWAY: gateway } })
    admin = await platform.admin()
  })
  afterAll(() => platform?.dispose())

  /** Opens an event stream. `ended` resolves when it has ended. */
  async function openStream(url: string, { token }: ApiClient): Promise<{ ended: Promise<number> }> {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
    const req = request(url, { headers, agent: false }).end()
    const answered: Promise<IncomingMessage> = once(req, 'response').then(([res]) => res)
    const res = await answered
    expect(res.statusCode).toBe(200)
    res.on('error', () => undefined).resume()
    return { ended: new Promise((resolve) => res.once('close', () => resolve(Date.now()))) }
  }

  test.each(revocations)('reads no open stream of the platform any more: %s', async (_name, revoke) => {
    const person = await newPerson(admin)
    const { ended } = await openStream(`${platform.origin}/api/v1/events`, person.client)
    await aSecondLater()
    expect((await revoke(admin, person)).ok).toBe(true)
    const revoked = Date.now()
    expect((await ended) - revoked).toBeLessThan(atMostMs)
  })
})
