import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { isLuaInstalled } from '../../apps/server/src/adapters/gateway/nginx/nginx.test-build.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { InWorld } from './both-gateways.world.ts'
import { newPerson, revocations } from './revoked.people.ts'

/** Opens the event stream of an algorithm, which stays silent after its first event. `ended` resolves when it has ended. */
async function openStream(url: string, { token }: ApiClient): Promise<{ ended: Promise<void> }> {
  const req = request(url, { headers: { authorization: `Bearer ${token}` }, agent: false }).end()
  const answered: Promise<IncomingMessage> = once(req, 'response').then(([res]) => res)
  const res = await answered
  expect(res.statusCode).toBe(200)
  await once(res, 'data')
  res.on('error', () => undefined).resume()
  return { ended: new Promise((resolve) => res.once('close', resolve)) }
}

/** Somebody may do nothing more, and still has a token and open streams. */
export function revokedCases(world: InWorld): void {
  const statusesOf = async ({ token }: ApiClient) => {
    const { platform, front } = world()
    const headers = { authorization: `Bearer ${token}` }
    const places = [`${platform.origin}/ai/hostile/`, `${front}/`, `${platform.origin}/api/v1/auth/me`]
    return Promise.all(places.map(async (place) => (await fetch(place, { headers })).status))
  }

  test.each(revocations)('gets no further with the token of before: %s', async (_name, revoke) => {
    const { admin, platform, front, gateway } = world()
    const person = await newPerson(admin)
    expect(await statusesOf(person.client)).toEqual([200, 200, 200])
    // Without Lua, nginx cannot end what is open (docs/operations/gateway.md).
    const canEnd = gateway === 'embedded' || isLuaInstalled
    const places = canEnd ? [`${platform.origin}/ai/hostile/events`, `${front}/events`] : []
    const streams = await Promise.all(places.map((place) => openStream(place, person.client)))
    expect((await revoke(admin, person)).ok).toBe(true)
    expect(await statusesOf(person.client)).toEqual([401, 401, 401])
    await Promise.all(streams.map(({ ended }) => ended))
  })
}
