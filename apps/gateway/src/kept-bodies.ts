import type { KeptBodies } from '@vitrine/contract'
import type { IncomingHttpHeaders } from 'node:http'
import { withoutSecrets } from './without-secrets.ts'

/** How many bytes of a request body, and of a response body, are kept at most. */
const keptBytes = 16_384

const isText =
  /^(?:text\/|application\/(?:json|xml|x-www-form-urlencoded|x-ndjson|javascript|[\w.-]+\+(?:json|xml))$)/

/** The media type of a body, without parameters. Null if there is none. */
const plainType = (type: string | undefined): string | null =>
  type?.split(';', 1)[0]?.trim().toLowerCase().slice(0, 100) || null

/** Collects the beginning of a body. */
class BodyStart {
  type: string | null = null
  isCoded = false
  #bytes = 0
  #length = 0
  #chunks: Buffer[] = []

  /** Sets a whole body. A request that is sent again has the same body. */
  set(body: Buffer): void {
    this.#bytes = this.#length = 0
    this.#chunks = []
    this.add(body)
  }

  /** Adds bytes. They are copied, because a connection uses its memory again. */
  add(chunk: Buffer): void {
    this.#bytes += chunk.length
    const left = keptBytes - this.#length
    if (left <= 0) return
    const part = Buffer.from(chunk.subarray(0, left))
    this.#chunks.push(part)
    this.#length += part.length
  }

  kept(): KeptBodies['request'] {
    const isCut = this.#bytes > this.#length
    const isReadable = this.#bytes === 0 || (!this.isCoded && this.type !== null && isText.test(this.type))
    // With `stream`, an incomplete character at the cut is left out.
    const decode = () => new TextDecoder().decode(Buffer.concat(this.#chunks), { stream: isCut })
    return {
      type: this.type,
      bytes: this.#bytes,
      text: isReadable ? withoutSecrets(decode(), this.type) : null,
      is_cut: isCut,
    }
  }
}

/**
 * Keeps the beginnings of the request and response bodies of one call. Of the headers it reads only those about the
 * type of the body.
 */
export class BodyKeeper {
  readonly request = new BodyStart()
  readonly response = new BodyStart()

  constructor(headers: IncomingHttpHeaders) {
    this.request.type = plainType(headers['content-type'])
    this.request.isCoded = (headers['content-encoding'] ?? 'identity') !== 'identity'
  }

  /** Reads the headers of the answer: names and values in turn. */
  answers(headers: readonly string[]): void {
    for (let at = 0; at < headers.length; at += 2) {
      const name = headers[at]?.toLowerCase()
      if (name === 'content-type') this.response.type = plainType(headers[at + 1])
      if (name === 'content-encoding') this.response.isCoded = headers[at + 1] !== 'identity'
    }
  }

  kept = (): KeptBodies => ({ request: this.request.kept(), response: this.response.kept() })
}
