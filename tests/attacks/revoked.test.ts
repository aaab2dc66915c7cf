import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import { describeGateways } from '../support/gateways.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { streamingPackage } from './revoked.package.ts'
import { newPerson, revocations } from './revoked.people.ts'

describeGateways('somebody whose sign-in was revoked', (gateway) => {
  let platform: TestPlatform
  let admin: ApiClient
  let front: string

  beforeAll(async () => {
    platform = await startPlatform({ environment: { VITRINE_GATEWAY: gateway } })
    admin = await platform.admin()
    front = `http://127.0.0.1:${(await admin.publish('stream', streamingPackage)).front_port}`
  })
  afterAll(() => platform?.dispose())

  const statusesOf = async ({ token }: ApiClient) => {
    const headers = { authorization: `Bearer ${token}` }
    const places = [`${platform.origin}/ai/stream/`, `${front}/`, `${platform.origin}/api/v1/auth/me`]
    return Promise.all(places.map(async (place) => (await fetch(place, { headers })).status))
  }

  test.each(revocations)('gets no further with the token of before: %s', async (_name, revoke) => {
    const person = await newPerson(admin)
    expect(await statusesOf(person.client)).toEqual([200, 200, 200])
    expect((await revoke(admin, person)).ok).toBe(true)
    expect(await statusesOf(person.client)).toEqual([401, 401, 401])
  })
})
