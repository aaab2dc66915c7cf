import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { auditEndpoints, userEndpoints } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { testPassword } from '../support/platform.ts'
import type { InWorld } from './both-gateways.world.ts'

const added = userEndpoints['POST /users'].response
const audit = auditEndpoints['GET /audit'].response

/** Somebody without a sign-in tries passwords. */
export function signInCases(world: InWorld): void {
  /** Signs in from one of the machine's own addresses. Resolves with the status. */
  async function signInFrom(localAddress: string, username: string, password: string): Promise<number> {
    const headers = { 'content-type': 'application/json' }
    const login = `${world().platform.origin}/api/v1/auth/login`
    const req = request(login, { method: 'POST', headers, localAddress })
    req.end(JSON.stringify({ username, password }))
    const [res] = await once(req, 'response')
    await text(res)
    return res.statusCode
  }

  test('does not lock out the owner of the name, who is elsewhere', async () => {
    await world().admin.post('/users', added, { username: 'owner', password: testPassword, role: 'user' })
    const statuses: number[] = []
    for (let each = 0; each < 7; each += 1) statuses.push(await signInFrom('127.0.0.7', 'owner', 'wrong'))
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect(await signInFrom('127.0.0.1', 'owner', testPassword)).toBe(200)
  })

  test('is in the audit log with name, address and reason', async () => {
    await signInFrom('127.0.0.8', 'admin', 'a secret that must not be logged')
    const { items } = await world().admin.get('/audit?q=refused', audit)
    expect(items[0]).toMatchObject({
      target: 'admin',
      details: { remote_address: '127.0.0.8', values: { reason: 'auth.wrong_password' } },
    })
    expect(JSON.stringify(items)).not.toContain('secret')
  })
}
