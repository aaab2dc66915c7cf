import { connect, type Socket } from 'node:net'
import { endpointText } from '@vitrine/contract'
import { MalformedAnswer, type AnswerHead } from '@vitrine/contract/answer-head'
import { AnswerParser } from '@vitrine/contract/answer-parser'
import { askItsPort, type InstanceEndpoint } from '@vitrine/contract/port-listener'
import { PortTaken } from './endpoint-request.ts'
import { TextTooLong } from './limited-text.ts'

/** A whole answer. `type` is its content type, empty if it states none. */
export type ShortAnswer = { status: number; type: string; body: string }

/** No complete answer arrived in time. */
export class Silence extends Error {}

/** The connection ended before the answer did. */
class CutOff extends Error {
  readonly code = 'ECONNRESET'
}

/** What Node's own clients refuse in a path as well: it could end the line, and begin another request. */
const notInPath = /[^\u0021-\u00ff]/

function typeIn({ passed }: AnswerHead): string {
  const at = passed.findIndex((text, place) => place % 2 === 0 && text.toLowerCase() === 'content-type')
  return at === -1 ? '' : (passed[at + 1] ?? '')
}

/** An answer while it arrives. */
class Arriving {
  readonly #parser = new AnswerParser()
  readonly #mostBytes: number
  readonly #pieces: Buffer[] = []
  #bytes = 0
  #head: AnswerHead | null = null
  isWhole = false

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
    this.#parser.begin('GET')
  }

  onHead(head: AnswerHead): void {
    this.#head = head
  }

  onBody(piece: Buffer): void {
    this.#bytes += piece.length
    if (this.#bytes > this.#mostBytes)
      throw new TextTooLong(`the answer has more than ${this.#mostBytes} bytes`)
    this.#pieces.push(piece)
  }

  onEnd(): void {
    this.isWhole = true
  }

  /** Takes bytes. Throws if they are not HTTP, or too many. */
  take(bytes: Buffer): void {
    try {
      this.#parser.feed(bytes, this)
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error
      throw new Error(`not HTTP/1.1: ${error.message}`, { cause: error })
    }
  }

  /** Called when the connection has ended. Throws if that is not how the answer ends. */
  close(): void {
    if (!this.#parser.finish(this)) throw new CutOff('the connection ended before the answer')
  }

  get answer(): ShortAnswer | null {
    if (!this.isWhole || !this.#head) return null
    const body = Buffer.concat(this.#pieces).toString('utf8')
    return { status: this.#head.status, type: typeIn(this.#head), body }
  }
}

/**
 * Asks an instance by GET for a short answer, on a connection of its own, and only if the instance itself accepts it. It reads the
 * answer as the embedded gateway does. For one small request this takes a fifth of the processor time of Node's own client, and
 * thousands of instances are asked how they are all day. Rejects with {@link Silence} after `timeoutMs`.
 */
export function getAt(
  endpoint: InstanceEndpoint,
  path: string,
  { timeoutMs, mostBytes }: { timeoutMs: number; mostBytes: number },
): Promise<ShortAnswer> {
  if (notInPath.test(path)) return Promise.reject(new Error('the path has characters that no address has'))
  const host = 'socket' in endpoint ? 'localhost' : endpointText(endpoint)
  const question = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
  return new Promise((resolve, reject) => {
    const socket: Socket = connect('socket' in endpoint ? { path: endpoint.socket } : endpoint)
    const arriving = new Arriving(mostBytes)
    const fail = (error: unknown) => {
      clearTimeout(timer)
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(new Silence()), timeoutMs)
    const go = (step: () => void) => {
      try {
        step()
      } catch (error) {
        return fail(error)
      }
      const { answer } = arriving
      if (!answer) return
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () =>
      askItsPort(endpoint, (isItself) =>
        isItself ? socket.write(question, 'latin1') : fail(new PortTaken(endpoint)),
      ),
    )
    socket.on('data', (bytes: Buffer) => go(() => arriving.take(bytes)))
    socket.once('end', () => go(() => arriving.close()))
    socket.on('error', fail)
  })
}
