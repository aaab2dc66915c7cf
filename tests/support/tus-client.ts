import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ApiClient } from './api-client.ts'

const mebibyte = 1024 * 1024
/** One mebibyte of binary data. A large file repeats it, so it is never in memory as a whole. */
const block = Uint8Array.from({ length: mebibyte }, (_, index) => (index * 7919) % 251)

/** Streams a file of `size` bytes from `offset` on. Fails at `breakAt`, as a network does. */
export async function* largeFile(
  size: number,
  offset = 0,
  breakAt = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  for (let at = offset; at < size;) {
    if (at >= breakAt) throw new Error('the network broke')
    const chunk = block.subarray(at % mebibyte, Math.min(mebibyte, (at % mebibyte) + size - at))
    yield chunk
    at += chunk.length
  }
}

const tus = { 'tus-resumable': '1.0.0' }

/** Resumable uploads (tus 1.0.0) of one signed-in user. Bodies are streamed. */
export class TusClient {
  readonly #client: ApiClient

  constructor(client: ApiClient) {
    this.#client = client
  }

  /** Sends one request as that user. */
  async ask(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: AsyncIterable<Uint8Array>,
  ): Promise<IncomingMessage> {
    const request = httpRequest(new URL(path, this.#client.origin), {
      method,
      headers: { authorization: `Bearer ${this.#client.token}`, ...headers },
    })
    const answered = once(request, 'response')
    if (body) await Promise.all([pipeline(Readable.from(body), request), answered])
    else request.end()
    const [response]: IncomingMessage[] = await answered
    if (!response) throw new Error('no answer')
    return response
  }

  /** Creates an upload and returns its path. */
  async begin(size: number, name?: string): Promise<string> {
    const metadata = name && { 'upload-metadata': `filename ${Buffer.from(name).toString('base64')}` }
    const begun = await this.ask('POST', '/api/v1/uploads', {
      ...tus,
      'upload-length': String(size),
      ...metadata,
    })
    return begun.headers.location ?? ''
  }

  /** Returns how many bytes have arrived. */
  offset = async (path: string): Promise<number> =>
    Number((await this.ask('HEAD', path, tus)).headers['upload-offset'])

  /** Sends the body from `offset` on. Returns the status of the answer. */
  async send(path: string, offset: number, body: AsyncIterable<Uint8Array>): Promise<number> {
    const headers = { 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) }
    return (await this.ask('PATCH', path, { ...tus, ...headers }, body)).statusCode ?? 0
  }
}

/** Returns the `upload_id` in an upload's path. */
export const uploadIdOf = (path: string): string => path.split('/').at(-1) ?? ''
