import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { formToCut, requestHead, sendAndHangUp } from '../../../../../tests/support/raw-request.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openWorld, type World } from './assets.test-world.ts'

let world: World
let port: number
beforeAll(async () => {
  world = await openWorld({ tools: null })
  port = Number(new URL(await world.app.listen({ host: '127.0.0.1', port: 0 })).port)
})
afterAll(() => world.close())

const form = formToCut('file', 'ten bytes.'.repeat(50))
const cuts = Object.entries(form.cuts).map(([place, at]) => ({ place, body: form.whole.slice(0, at) }))
const headers = { 'x-test-role': 'user', 'accept-language': 'en', 'content-type': form.contentType }
const post = (body: string, contentType = form.contentType) =>
  world.app.inject({
    method: 'POST',
    url: '/api/v1/assets',
    payload: body,
    headers: { ...headers, 'content-type': contentType },
  })
const kept = async (): Promise<number> => (await world.get('')).json().total
const nothingIsLeft = async () => (await world.leftovers()) === 0 && (await kept()) === 0
/** A request whose sender has disconnected may be read, and cleared up, only after its sender was told so. */
const becomesEmpty = async () => expect(await waitFor(nothingIsLeft, { timeoutMs: patienceMs })).toBe(true)

describe('a form that ends too early', () => {
  test.each(cuts)('$place is refused as incomplete, and nothing of it is left', async ({ body }) => {
    const answer = await post(body)
    expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    expect(answer.statusCode).toBeLessThan(500)
    expect(answer.json().error.code).toMatch(/^(upload\.interrupted|asset\.file_missing)$/)
    expect(await nothingIsLeft()).toBe(true)
  })

  test.each(cuts)('$place because its sender disconnected leaves nothing', async ({ body }) => {
    const head = requestHead('POST', '/api/v1/assets', { ...headers, 'content-length': form.whole.length })
    expect(await sendAndHangUp(port, Buffer.from(head + body))).not.toContain('HTTP/1.1 5')
    await becomesEmpty()
  })

  test('in its head leaves nothing, and the next request is served', async () => {
    const head = requestHead('POST', '/api/v1/assets', headers)
    expect(await sendAndHangUp(port, Buffer.from(head.slice(0, 40)))).not.toContain('HTTP/1.1 5')
    await becomesEmpty()
  })

  test('without the boundary that its header names is refused', async () => {
    const answer = await post(form.whole, 'multipart/form-data')
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, 'upload.interrupted'])
  })
})

describe('a form with more than its file', () => {
  const issuesOf = async (parts: [name: string, value: string | Blob, file?: string][]) => {
    const data = new FormData()
    for (const [name, value, file] of parts)
      if (typeof value === 'string') data.append(name, value)
      else data.append(name, value, file)
    const body = new Response(data)
    const answer = await post(await body.text(), body.headers.get('content-type') ?? '')
    expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'request.invalid'])
    await becomesEmpty()
    return answer.json().error.details.issues
  }
  const file = (name: string): [string, Blob, string] => [name, new Blob(['abc']), 'a.txt']

  test('an unknown field is refused with its name, before or after the file', async () => {
    const unknown = [{ path: 'tags', message: 'is not a known field; expected one of file' }]
    expect(await issuesOf([['tags', 'x'], file('file')])).toEqual(unknown)
    expect(await issuesOf([file('file'), ['tags', 'x']])).toEqual(unknown)
  })

  test('a second file is refused, and so is a file in another field', async () => {
    expect(await issuesOf([file('file'), file('file')])).toEqual([
      { path: 'file', message: 'can be given only once' },
    ])
    expect(await issuesOf([file('picture')])).toEqual([
      { path: 'picture', message: 'is not a known field; expected one of file' },
    ])
  })
})

test('after all these, a complete form is stored', async () => {
  expect((await post(form.whole)).statusCode).toBe(201)
})
