import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { patienceMs } from '../../../../../tests/support/patience.ts'
import { formToCut, requestHead, sendAndHangUp } from '../../../../../tests/support/raw-request.ts'
import { zipFile } from '../../../../../tests/support/zip-file.ts'
import { waitFor } from '../../lib/wait-for.ts'
import { openWorld, smallest } from './algorithms.test-world.ts'

let world: Awaited<ReturnType<typeof openWorld>>
let port: number
const mostFiles = 100
beforeAll(async () => {
  world = await openWorld({ files: mostFiles })
  port = Number(new URL(await world.app.listen({ host: '127.0.0.1', port: 0 })).port)
})
afterAll(() => world.close())
afterEach(async () => {
  expect(await waitFor(async () => (await world.leftovers()).length === 0, { timeoutMs: patienceMs })).toBe(
    true,
  )
})

const as = (role: string) => ({ 'x-test-role': role, 'accept-language': 'en' })
const total = async (): Promise<number> => (await world.get('')).json().total

describe.each(['/api/v1/algorithms', '/api/v1/algorithms/inspect'])('a form for %s', (url) => {
  const form = formToCut('files', smallest)
  const cuts = Object.entries(form.cuts).map(([place, at]) => ({ place, body: form.whole.slice(0, at) }))
  const headers = { ...as('user'), 'content-type': form.contentType }

  test.each(cuts)(
    'that ends $place is refused as incomplete, and nothing of it is left',
    async ({ body }) => {
      const answer = await world.app.inject({ method: 'POST', url, payload: body, headers })
      expect([400, 422]).toContain(answer.statusCode)
      expect(answer.json().error.code).toMatch(/^upload\.(interrupted|empty)$/)
      expect(await total()).toBe(0)
    },
  )

  test.each(cuts)('whose sender disconnects $place leaves nothing', async ({ body }) => {
    const head = requestHead('POST', url, { ...headers, 'content-length': form.whole.length })
    expect(await sendAndHangUp(port, Buffer.from(head + body))).not.toContain('HTTP/1.1 5')
    expect(await total()).toBe(0)
  })
})

test('a form with more files than a package may have is refused, also if they would be left out: each is a stream of its own', async () => {
  const send = (count: number) => {
    const left = Object.fromEntries(Array.from({ length: count - 1 }, (_, n) => [`.git/${n}`, '']))
    return world.send('/inspect', { files: { 'ai_algorithm.py': smallest, ...left } }, as('user'))
  }
  expect((await send(mostFiles)).statusCode).toBe(200)
  const refused = await send(mostFiles + 1)
  expect([refused.statusCode, refused.json().error]).toMatchObject([
    413,
    { code: 'upload.too_many_files', details: { limit: mostFiles } },
  ])
})

describe('a finished resumable upload', () => {
  const archive = zipFile([{ name: 'ai_algorithm.py', content: smallest }])
  async function arrived(): Promise<string> {
    const answer = await world.app.inject({
      method: 'POST',
      url: '/api/v1/uploads',
      payload: archive,
      headers: {
        ...as('user'),
        'tus-resumable': '1.0.0',
        'content-type': 'application/offset+octet-stream',
        'upload-length': String(archive.length),
        'upload-metadata': `filename ${Buffer.from('a.zip').toString('base64')}`,
      },
    })
    expect(answer.statusCode).toBe(201)
    return String(answer.headers.location).split('/').at(-1) ?? ''
  }
  const issuesOf = (answer: Awaited<ReturnType<typeof world.send>>) => [
    answer.statusCode,
    answer.json().error.details.issues,
  ]

  test('is taken by its id in a form field, as in JSON', async () => {
    const upload_id = await arrived()
    const inspected = await world.send('/inspect', { fields: { upload_id } }, as('user'))
    expect(inspected.json()).toMatchObject({ recognised: 'single-file' })
    const fields = { upload_id, algorithm_id: 'by-form', name: 'By form' }
    const made = await world.send('', { fields }, as('user'))
    expect(made.json()).toMatchObject({ algorithm: { id: 'by-form', name: 'By form' } })
    expect((await world.send('', { fields }, as('user'))).statusCode).toBe(404)
  })

  test('cannot be used by another person', async () => {
    const upload_id = await arrived()
    expect((await world.send('', { fields: { upload_id } }, as('neighbour'))).statusCode).toBe(404)
  })

  test('cannot be combined with files in the form', async () => {
    const fields = { upload_id: await arrived() }
    expect(issuesOf(await world.send('', { files: { 'a.py': 'x' }, fields }, as('user')))).toEqual([
      422,
      [{ path: 'upload_id', message: 'cannot be given together with files' }],
    ])
  })

  test('with an unknown id is refused with the name of the field', async () => {
    expect(issuesOf(await world.send('', { fields: { upload_id: 'x' } }, as('user')))).toEqual([
      422,
      [{ path: 'upload_id', message: 'expected a UUID' }],
    ])
    expect((await world.send('', { fields: { upload_id: randomUUID() } }, as('user'))).statusCode).toBe(404)
  })
})

describe('a field that does not belong in the form', () => {
  const known = 'files, archive, algorithm_id, name, upload_id, additions'
  const issuesOf = async (body: Parameters<typeof world.send>[1], language: 'zh' | 'en') => {
    const answer = await world.send('', body, { ...as('user'), 'accept-language': language })
    expect([answer.statusCode, answer.json().error.code]).toEqual([422, 'request.invalid'])
    return answer.json().error.details.issues
  }
  const files = { 'ai_algorithm.py': smallest }

  test('is refused with its name and those of the known ones, in the reader’s language', async () => {
    expect(await issuesOf({ files, fields: { owner: 'me', tags: 'x' } }, 'zh')).toEqual([
      { path: 'owner', message: `没有这个字段，应为以下之一：${known}` },
      { path: 'tags', message: `没有这个字段，应为以下之一：${known}` },
    ])
    const media = { name: 'package.zip', bytes: new Uint8Array([1]) }
    expect(await issuesOf({ media }, 'en')).toEqual([
      { path: 'file', message: `is not a known field; expected one of ${known}` },
    ])
  })

  test('is a text in place of a file', async () => {
    expect(await issuesOf({ fields: { archive: 'package.zip' } }, 'en')).toEqual([
      { path: 'archive', message: 'expected a file, not a text' },
    ])
  })
})
