import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWorld, type World } from './assets.test-world.ts'
import { onePixel } from '../../../../../tests/support/one-pixel.ts'
import { testActor } from '../../../../../tests/support/test-app.ts'
/** The smallest file that is recognised as MP4: only the file type box. */
const mp4Head = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from('ftypisom\0\0\x02\0isommp41'),
  Buffer.alloc(64),
])
const bytes = (buffer: Buffer) => new Uint8Array(buffer)

describe('media files without ffmpeg', () => {
  let world: World
  beforeEach(async () => {
    world = await openWorld({ tools: null, limitBytes: 1000 })
  })
  afterEach(() => world.close())

  test('everybody who may see media is told that there is no ffmpeg', async () => {
    expect((await world.mediaTools()).json()).toEqual({ available: false, limit_bytes: 1000 })
  })

  test('pictures and text are kept and shown', async () => {
    const picture = (await world.upload('点.png', bytes(onePixel))).json()
    expect(picture).toMatchObject({ name: '点.png', kind: 'image', width: 1, status: 'ready', reason: null })
    expect(picture.variants).toEqual(['playable', 'original', 'poster', 'thumb'])
    expect((await world.get(`/${picture.id}/content`)).rawPayload).toEqual(onePixel)
    const text = (await world.upload('a.txt', '体育新闻')).json()
    expect(text).toMatchObject({ kind: 'text', status: 'ready', reason: null })
  })

  test('each file counts as 16 KiB at least for the quota, because a disk can have only so many files', async () => {
    await world.upload('a.txt', 'a')
    await world.upload('b.txt', 'b'.repeat(900))
    expect(await world.deps.assets.uploadedBytes(testActor('user').id)).toBe(2 * 16 * 1024)
  })

  test('a video is stored as it is, is ready, and says what is missing', async () => {
    const video = (await world.upload('a.mp4', bytes(mp4Head))).json()
    expect(video).toMatchObject({ kind: 'video', status: 'ready', task_id: null })
    expect(video.variants).toEqual(['playable', 'original'])
    expect(video.reason).toContain('ffmpeg')
    expect((await world.get(`/${video.id}/content?variant=thumb`)).json().error.code).toBe(
      'asset.variant_missing',
    )
  })

  test.each([
    ['nothing', '', 422, 'asset.empty'],
    ['more than the limit', 'x'.repeat(1001), 413, 'asset.too_large'],
  ])('%s is refused and leaves nothing behind', async (_what, content, status, code) => {
    const answer = await world.upload('a.txt', content)
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code])
    expect(await world.leftovers()).toBe(0)
    expect(await world.objects()).toEqual([])
    expect((await world.get('')).json().total).toBe(0)
  })

  test('a range of the bytes is answered as partial content, with the headers that caches need', async () => {
    const { id } = (await world.upload('a.txt', '0123456789')).json()
    const part = await world.get(`/${id}/content`, 'user', { range: 'bytes=2-4' })
    expect([part.statusCode, part.body, part.headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
    const beyond = await world.get(`/${id}/content`, 'user', { range: 'bytes=20-' })
    expect(beyond.statusCode).toBe(416)
    expect(part.headers['cache-control']).toContain('immutable')
    const again = await world.get(`/${id}/content`, 'user', { 'if-none-match': String(part.headers.etag) })
    expect(again.statusCode).toBe(304)
    for (const header of ['etag', 'cache-control'] as const)
      expect(again.headers[header]).toBe(part.headers[header])
  })

  test('a range counts only for the object of which the client has the other parts', async () => {
    const { id } = (await world.upload('a.txt', '0123456789')).json()
    const of = (ifRange: string) =>
      world.get(`/${id}/content`, 'user', { range: 'bytes=2-4', 'if-range': ifRange })
    const tag = String((await world.get(`/${id}/content`)).headers.etag)
    expect([(await of(tag)).body, (await of('"another"')).body]).toEqual(['234', '0123456789'])
  })

  test('a file that is no picture, sound or video is a download', async () => {
    const { id } = (await world.upload('page.html', '<script>alert(1)</script>')).json()
    const answer = await world.get(`/${id}/content`)
    expect(answer.headers['content-disposition']).toMatch(/^attachment/)
    expect(answer.headers['content-type']).toBe('application/octet-stream')
  })

  test('no file can run as a page of this site, also one that is shown in place', async () => {
    const { id } = (await world.upload('a.txt', 'text')).json()
    expect((await world.get(`/${id}/content`)).headers).toMatchObject({
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
  })

  test('a neighbour does not see another person’s upload, but an administrator does', async () => {
    const { id } = (await world.upload('a.txt', 'mine')).json()
    for (const answer of [
      await world.get(`/${id}`, 'neighbour'),
      await world.get(`/${id}/content`, 'neighbour'),
      await world.get(`/${id}/uses`, 'neighbour'),
      await world.change('PATCH', `/${id}`, 'neighbour', { name: 'yours' }),
      await world.change('DELETE', `/${id}`, 'neighbour'),
    ])
      expect([answer.statusCode, answer.json().error.code]).toEqual([404, 'asset.not_found'])
    expect((await world.get(`/${id}`, 'admin')).statusCode).toBe(200)
  })

  test('a name and tags can be changed, and the list can be filtered by kind, tag, words and service', async () => {
    const text = (await world.upload('news.txt', 'a')).json()
    const picture = (await world.upload('street.png', bytes(onePixel))).json()
    const video = (await world.upload('walk.mp4', bytes(mp4Head))).json()
    const changed = await world.change('PATCH', `/${picture.id}`, 'user', {
      tags: ['街景', '街景'],
      name: '街.png',
    })
    expect(changed.json()).toMatchObject({ tags: ['街景'], name: '街.png' })
    const ids = async (query: string) =>
      (await world.get(`?${query}`)).json().items.map(({ id }: { id: string }) => id)
    expect(await ids('kind=text')).toEqual([text.id])
    expect(await ids(`tag=${encodeURIComponent('街景')}`)).toEqual([picture.id])
    expect(await ids('q=NEWS')).toEqual([text.id])
    expect(await ids('service_id=tracking')).toEqual([video.id])
    expect(await ids('service_id=tracking&kind=text')).toEqual([])
    expect(await ids('')).toHaveLength(3)
  })

  test('the uses of an asset are listed, and an example’s asset cannot be deleted', async () => {
    const { id } = (await world.upload('a.txt', 'x')).json()
    world.uses.push({ kind: 'example', id: 'tracking', name: 'tracking' })
    expect((await world.get(`/${id}/uses`)).json()).toEqual({ items: world.uses, total: 1 })
    const refused = await world.change('DELETE', `/${id}`)
    expect([refused.statusCode, refused.json().error.code]).toEqual([409, 'asset.in_use'])
    world.uses.length = 0
    expect((await world.change('DELETE', `/${id}`)).statusCode).toBe(204)
    expect(await world.objects()).toEqual([])
  })
})
