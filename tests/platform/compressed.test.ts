import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { projectFolder } from '../support/built-project.ts'
import { describeGateways } from '../support/gateways.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { plainGet, type PlainAnswer } from '../support/plain-get.ts'

/** The path of the largest script in the built pages, which every page loads first. */
async function largeScript(): Promise<string> {
  const names = await readdir(join(projectFolder, 'dist', 'web', 'assets'))
  const name = names.find((each) => each.startsWith('start-') && each.endsWith('.js'))
  if (name === undefined) throw new Error('the pages have no first script')
  return `/assets/${name}`
}

describeGateways('what is sent to a browser', (gateway) => {
  let platform: TestPlatform
  let script: string
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<PlainAnswer> =>
    plainGet(`${platform.origin}${path}`, { headers, method })

  beforeAll(async () => {
    platform = await startPlatform({ environment: { VITRINE_GATEWAY: gateway } })
    script = await largeScript()
  }, 240_000)
  afterAll(() => platform?.dispose(), 180_000)

  test('scripts are sent compressed in a form that the browser accepts, with caching for a year', async () => {
    const plain = await get(script)
    expect(plain.headers['content-encoding']).toBeUndefined()
    for (const [accepted, coding, open] of [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
    ] as const) {
      const sent = await get(script, { 'accept-encoding': accepted })
      expect(sent.headers).toMatchObject({
        'content-encoding': coding,
        'cache-control': 'public, max-age=31536000, immutable',
        'content-length': String(sent.body.length),
      })
      expect(sent.headers['vary']?.toLowerCase()).toContain('accept-encoding')
      expect(sent.headers['content-type']).toBe(plain.headers['content-type'])
      expect(sent.body.length).toBeLessThan(plain.body.length * 0.45)
      expect(open(sent.body).equals(plain.body)).toBe(true)
    }
  })

  test('each form has its own ETag, which is answered with 304, and HEAD has the same headers as GET', async () => {
    const accepted = { 'accept-encoding': 'br' }
    const [plain, sent] = [await get(script), await get(script, accepted)]
    const tag = sent.headers['etag'] ?? ''
    expect(tag).not.toBe(plain.headers['etag'])
    const again = await get(script, { ...accepted, 'if-none-match': tag })
    expect([again.status, again.body.length]).toEqual([304, 0])
    const head = await get(script, accepted, 'HEAD')
    expect([head.body.length, head.headers['content-length'], head.headers['etag']]).toEqual([
      0,
      String(sent.body.length),
      tag,
    ])
    const part = await get(script, { range: 'bytes=0-9' })
    expect([part.status, part.body.equals(plain.body.subarray(0, 10))]).toEqual([206, true])
  })

  test('long JSON that needs sign-in is compressed, but public JSON is not', async () => {
    const admin = await platform.admin()
    for (let place = 0; place < 12; place++)
      await admin.request('POST', '/service-groups', { json: { name: `${place}`, colour: 'blue' } })
    const { token } = admin
    const signedIn = { authorization: `Bearer ${token ?? ''}` }
    const plain = await get('/api/v1/service-groups', signedIn)
    expect([plain.status, plain.headers['content-encoding'], plain.body.length > 1024]).toEqual([
      200,
      undefined,
      true,
    ])
    const sent = await get('/api/v1/service-groups', { ...signedIn, 'accept-encoding': 'gzip, br' })
    expect(sent.headers).toMatchObject({
      'content-encoding': 'br',
      'content-length': String(sent.body.length),
    })
    expect(sent.headers['vary']?.toLowerCase()).toContain('accept-encoding')
    expect(brotliDecompressSync(sent.body).equals(plain.body)).toBe(true)
    const refused = await get('/api/v1/service-groups', {
      ...signedIn,
      'accept-encoding': 'br;q=0, gzip;q=0',
    })
    expect(refused.headers['content-encoding']).toBeUndefined()
    const open = await get('/api/v1/openapi.json', { 'accept-encoding': 'br' })
    expect(open.headers['content-encoding']).toBeUndefined()
  })
})
