import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { needsS3, startS3Server } from '../../../../../tests/support/s3-server.ts'
import { objectStoreSuite } from './object-store.test-suite.ts'
import { openS3Store } from './s3-store.ts'

describe.skipIf(needsS3 !== '')(`S3${needsS3}`, { timeout: 120_000 }, () => {
  let server: Awaited<ReturnType<typeof startS3Server>>
  beforeAll(async () => {
    server = await startS3Server()
  }, 120_000)
  afterAll(() => server?.dispose())

  const open = () => openS3Store({ ...server.settings, bucket: `bucket-${randomUUID()}` })

  objectStoreSuite('S3', async () => {
    const { store, close } = await open()
    return { store, dispose: async () => close() }
  })

  test('a file of several parts comes back as it was', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-s3-file-'))
    const { store, close } = await open()
    try {
      const content = randomBytes(20 * 1024 * 1024)
      await writeFile(join(folder, 'large'), content)
      await store.putFile('abcd02', join(folder, 'large'), 'application/octet-stream')
      expect(await store.size('abcd02')).toBe(content.length)
      const hash = createHash('sha256')
      for await (const chunk of await store.read('abcd02')) hash.update(chunk)
      expect(hash.digest('hex')).toBe(createHash('sha256').update(content).digest('hex'))
    } finally {
      close()
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('a wrong secret is refused when the store is opened', async () => {
    await expect(openS3Store({ ...server.settings, secretAccessKey: 'wrong' })).rejects.toThrow()
  })
})

/** Opens a store in front of a server that answers as it is told. Ends both after the test. */
async function openBadStore(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  waitMs?: number,
) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const settings = {
    endpoint: `http://127.0.0.1:${address.port}`,
    region: 'us-east-1',
    bucket: 'ours',
    accessKeyId: 'id',
    secretAccessKey: 'secret',
  }
  const opened = openS3Store(settings, waitMs === undefined ? {} : { waitMs })
  onTestFinished(() =>
    opened.then(
      ({ close }) => close(),
      () => undefined,
    ),
  )
  return { asked, opened }
}

/** Answers the check of the bucket, and leaves all other requests to the test. */
const withBucket =
  (rest: (request: IncomingMessage, response: ServerResponse) => void) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    if (/^\/ours\/?$/.test(request.url ?? '')) response.writeHead(200).end()
    else rest(request, response)
  }

describe('an S3 server that answers nonsense', () => {
  test('a bucket of somebody else is refused, and none is created', async () => {
    const { asked, opened } = await openBadStore((_request, response) => {
      response.writeHead(403).end()
    })
    await expect(opened).rejects.toThrow()
    expect(asked.every((line) => line.startsWith('HEAD '))).toBe(true)
  })

  test('a server that accepts and says nothing is not waited for', async () => {
    const { opened } = await openBadStore(() => undefined, 300)
    await expect(opened).rejects.toThrow('did not answer within')
  })

  test('an answer with other bytes than requested is an error', async () => {
    const whole = '0123456789'
    const { opened } = await openBadStore(
      withBucket((_request, response) => {
        response.writeHead(200, { 'content-length': whole.length }).end(whole)
      }),
    )
    const { store } = await opened
    await expect(store.read('abcd01', { start: 2, end: 4 })).rejects.toThrow('the range')
    expect(await text(await store.read('abcd01'))).toBe(whole)
  })

  test('an object without a size, and one that ends too soon, are errors and do not give a short file', async () => {
    const { opened } = await openBadStore(
      withBucket((request, response) => {
        if (request.url?.startsWith('/ours/abcd01')) response.writeHead(200).end('no size')
        else response.writeHead(200, { 'content-length': 10 }).write('012', () => response.destroy())
      }),
    )
    const { store } = await opened
    await expect(store.read('abcd01')).rejects.toThrow('no size')
    const folder = await mkdtemp(join(tmpdir(), 'vitrine-s3-short-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await expect(store.copyTo('abcd02', join(folder, 'copy'))).rejects.toThrow()
  })

  test('an error without an end is not read to its end', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x')
    // It waits for its reader, so that the whole answer cannot be written to a reader that has stopped reading.
    async function* pieces(left = 1024): AsyncGenerator<Buffer> {
      for (; left > 0; left -= 1) yield piece
    }
    const { opened } = await openBadStore(
      withBucket((_request, response) => {
        response.writeHead(403, { 'content-type': 'application/xml' })
        pipeline(Readable.from(pieces()), response).catch(() => undefined)
      }),
    )
    const { store } = await opened
    await expect(store.read('abcd01')).rejects.toThrow('more than 1048576 bytes')
  })

  test('a page in place of an answer is an error', async () => {
    const { opened } = await openBadStore(
      withBucket((_request, response) => {
        response.writeHead(400, { 'content-type': 'text/html' }).end('<html>not S3</html>')
      }),
    )
    const { store } = await opened
    await expect(store.size('abcd01')).rejects.toThrow()
    await expect(store.exists('abcd01')).rejects.toThrow()
  })
})
