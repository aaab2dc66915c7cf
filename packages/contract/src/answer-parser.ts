import { MalformedAnswer, parseAnswerHead, type AnswerHead } from './answer-head.ts'

/** Receives the parts of an answer in order while its bytes arrive. */
export type AnswerSink = {
  onHead(head: AnswerHead): void
  onBody(chunk: Buffer): void
  onEnd(): void
}

const headBytes = 65_536
const chunkLineBytes = 256
const empty = Buffer.alloc(0)

type State =
  'head' | 'length' | 'until-close' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' | 'done'

/**
 * Parses the answers on one connection (HTTP/1.1, RFC 9112) and passes their parts to a sink. Body bytes are
 * passed on as they arrive and are never buffered. Everything that is not strictly in the protocol throws
 * {@link MalformedAnswer}.
 */
export class AnswerParser {
  #state: State = 'done'
  #method = ''
  /** Remaining bytes of the body or the chunk. */
  #left = 0
  /** The beginning of a line or a head whose end has not arrived yet. */
  #begun: Buffer = empty

  /** Starts a new answer to a request with this method. */
  begin(method: string): void {
    this.#state = 'head'
    this.#method = method
    this.#begun = empty
  }

  /** Parses bytes. Bytes after the end of an answer are malformed, because no request is waiting for them. */
  feed(bytes: Buffer, sink: AnswerSink): void {
    const chunk = this.#begun.length > 0 ? Buffer.concat([this.#begun, bytes]) : bytes
    this.#begun = empty
    let at = 0
    while (at < chunk.length) {
      const next = this.#step(chunk, at, sink)
      if (next === -1) {
        this.#begun = Buffer.from(chunk.subarray(at))
        return
      }
      at = next
    }
  }

  /** Must be called when the connection was closed. Returns true if that is how the body ends. */
  finish(sink: AnswerSink): boolean {
    if (this.#state !== 'until-close') return false
    this.#end(sink)
    return true
  }

  /** Parses one piece from `at` on and returns the position after it; -1 if more bytes are needed. */
  #step(chunk: Buffer, at: number, sink: AnswerSink): number {
    switch (this.#state) {
      case 'head':
        return this.#head(chunk, at, sink)
      case 'length':
      case 'chunk-data':
        return this.#body(chunk, at, sink)
      case 'until-close':
        sink.onBody(at === 0 ? chunk : chunk.subarray(at))
        return chunk.length
      case 'chunk-size':
        return this.#chunkSize(chunk, at)
      case 'chunk-end':
        return this.#line(chunk, at, (line) => {
          if (line !== '') throw new MalformedAnswer('end of a chunk')
          this.#state = 'chunk-size'
        })
      case 'trailer':
        return this.#line(chunk, at, (line) => {
          if (line === '') this.#end(sink)
        })
      case 'done':
        throw new MalformedAnswer('bytes that nobody asked for')
    }
  }

  #head(chunk: Buffer, at: number, sink: AnswerSink): number {
    const end = chunk.indexOf('\r\n\r\n', at, 'latin1')
    if (end === -1 ? chunk.length - at > headBytes : end - at > headBytes)
      throw new MalformedAnswer('long head')
    if (end === -1) return -1
    const head = parseAnswerHead(chunk.toString('latin1', at, end), this.#method)
    if (head.status === 101) throw new MalformedAnswer('an upgrade that nobody asked for')
    if (head.status < 200) return end + 4
    const { body } = head
    this.#left = typeof body === 'number' ? body : 0
    this.#state = body === 'chunked' ? 'chunk-size' : body === 'until-close' ? 'until-close' : 'length'
    sink.onHead(head)
    if (body === 0) this.#end(sink)
    return end + 4
  }

  #body(chunk: Buffer, at: number, sink: AnswerSink): number {
    const end = Math.min(chunk.length, at + this.#left)
    this.#left -= end - at
    sink.onBody(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end))
    if (this.#left > 0) return end
    if (this.#state === 'chunk-data') this.#state = 'chunk-end'
    else this.#end(sink)
    return end
  }

  #chunkSize(chunk: Buffer, at: number): number {
    return this.#line(chunk, at, (line) => {
      // Chunk extensions after the size are allowed. We ignore them.
      const size = /^([0-9a-fA-F]{1,12})[\t ]*(?:;|$)/.exec(line)?.[1]
      if (size === undefined) throw new MalformedAnswer('chunk size')
      this.#left = Number.parseInt(size, 16)
      this.#state = this.#left === 0 ? 'trailer' : 'chunk-data'
    })
  }

  #line(chunk: Buffer, at: number, take: (line: string) => void): number {
    const end = chunk.indexOf('\r\n', at, 'latin1')
    const limit = this.#state === 'trailer' ? headBytes : chunkLineBytes
    if ((end === -1 ? chunk.length : end) - at > limit) throw new MalformedAnswer('long line')
    if (end === -1) return -1
    take(chunk.toString('latin1', at, end))
    return end + 2
  }

  #end(sink: AnswerSink): void {
    this.#state = 'done'
    sink.onEnd()
  }
}
