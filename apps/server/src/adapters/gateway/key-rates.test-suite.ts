import { errorBody, shownPartOfKey, type GatewayKeys } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { ask } from './gateway.test-client.ts'
import { apiKey, route, type GatewayWorld } from './gateway.test-world.ts'

/** So long that no test outlasts it. */
const window_s = 3_600

/** Tests how often services may be called with an API key, in a world that is open. */
export function testKeyRates(world: () => GatewayWorld): void {
  const send = (key: string, slug: string, language = 'en') =>
    ask(world().port, `/ai/${slug}/`, {
      headers: { Authorization: `Bearer ${key}`, 'Accept-Language': language },
    })
  const outcome = async (key: string, slug: string) => {
    const answer = await send(key, slug)
    return answer.status === 200 ? 200 : answer.code()
  }
  const limitedTo = (requests: number) => apiKey({ rate_limit: { requests, window_s } })
  const apply = (...entries: GatewayKeys['keys']) =>
    world().gateway.applyKeys({ version: 1, keys: entries, revoked: [] })
  const serve = async (...slugs: string[]) => {
    const upstream = await world().instance()
    await world().serve(slugs.map((slug) => route(slug, [upstream], { auth: 'required' })))
  }

  test('beyond the limit of an API key the answer is 429, and says which key and when again', async () => {
    await serve('a')
    const { key, entry } = limitedTo(1)
    await apply(entry)
    expect((await send(key, 'a')).status).toBe(200)
    for (const [language, word] of [
      ['en', 'try again in'],
      ['zh', '秒后再试'],
    ] as const) {
      const answer = await send(key, 'a', language)
      const { code, message, details } = errorBody.parse(JSON.parse(answer.body)).error
      expect([answer.status, code]).toEqual([429, 'api_key.too_many_requests'])
      const waitS = Number(answer.headers['retry-after'])
      expect(waitS).toBeGreaterThan(0)
      expect(details).toEqual({ prefix: shownPartOfKey(key), retry_after_s: waitS })
      for (const part of [`${shownPartOfKey(key)}…`, String(waitS), word]) expect(message).toContain(part)
      expect(message).not.toContain(key)
      const { caller, error } = await world().logged(String(answer.headers['x-request-id']))
      expect([caller, error]).toEqual([`key:${entry.id}`, code])
    }
  })

  test('the limit of an API key is for all services together, and another key has its own', async () => {
    await serve('a', 'b')
    const [one, two, free] = [limitedTo(2), limitedTo(2), apiKey()]
    await apply(one.entry, two.entry, free.entry)
    const first = [await outcome(one.key, 'a'), await outcome(one.key, 'b'), await outcome(one.key, 'a')]
    expect(first).toEqual([200, 200, 'api_key.too_many_requests'])
    expect(await outcome(two.key, 'a')).toBe(200)
    expect([await outcome(free.key, 'a'), await outcome(free.key, 'b')]).toEqual([200, 200])
  })

  test('the limits of an API key and of a service both hold', async () => {
    const upstream = await world().instance()
    const rate_limit = { requests: 1, window_s }
    await world().serve([
      route('narrow', [upstream], { auth: 'required', rate_limit }),
      route('wide', [upstream], { auth: 'required' }),
    ])
    const { key, entry } = limitedTo(3)
    await apply(entry)
    const outcomes = []
    for (const slug of ['narrow', 'narrow', 'wide', 'wide', 'narrow']) outcomes.push(await outcome(key, slug))
    expect(outcomes).toEqual([
      200,
      'gateway.too_many_requests',
      200,
      'api_key.too_many_requests',
      'api_key.too_many_requests',
    ])
  })

  test('an API key keeps its count when another key changes, and a new limit holds at once', async () => {
    await serve('a')
    const { key, entry } = limitedTo(1)
    await apply(entry)
    expect(await outcome(key, 'a')).toBe(200)
    await apply(entry, apiKey().entry)
    expect(await outcome(key, 'a')).toBe('api_key.too_many_requests')
    await apply({ ...entry, rate_limit: { requests: 2, window_s } })
    expect(await outcome(key, 'a')).toBe(200)
    await apply({ ...entry, rate_limit: undefined })
    expect([await outcome(key, 'a'), await outcome(key, 'a')]).toEqual([200, 200])
  })

  test('a service without sign-in does not look at API keys, so none is counted', async () => {
    await world().serve([route('open', [await world().instance()])])
    const { key, entry } = limitedTo(1)
    await apply(entry)
    expect([await outcome(key, 'open'), await outcome(key, 'open')]).toEqual([200, 200])
  })
}
