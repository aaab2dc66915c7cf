import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'
import { EventQueue } from '../lib/event-queue.ts'
import { subjectsOf } from '../lib/open-streams.ts'
import { whileTaken } from './taken-pieces.ts'

/** One server-sent event. */
export type ServerEvent = { event: string; data: unknown; id?: string }

/** The text of an event whose data is JSON text, in pieces. JSON text of ours has no line ends. Pure. */
export const eventPieces = (event: string, data: readonly string[]): readonly string[] => [
  `event: ${event}\ndata: `,
  ...data,
  '\n\n',
]

const eventText = ({ event, data, id }: ServerEvent): readonly string[] => [
  ...(id === undefined ? [] : [`id: ${id}\n`]),
  ...eventPieces(event, [JSON.stringify(data)]),
]

/** What is sent when nothing else was for a while, so that a broken connection shows. */
const heartbeat = ': heartbeat\n\n'
const heartbeatMs = 15_000

/** The texts of events as they come, with heartbeats between them. */
export async function* textsOf<E>(
  events: AsyncIterable<E>,
  piecesOf: (event: E) => Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<string> {
  const each = events[Symbol.asyncIterator]()
  let wake = () => {}
  /** Asks for the next event. It is listened to once: a stream may have nothing but heartbeats for days. */
  const following = () => {
    const asked = { next: each.next(), isThere: false }
    const tell = () => {
      asked.isThere = true
      wake()
    }
    // It may fail while the reader takes something else. Whoever waits for it next is told.
    asked.next.then(tell, tell)
    return asked
  }
  const aWhile = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, heartbeatMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  try {
    for (let asked = following(); ; asked = following()) {
      while (!asked.isThere) {
        await aWhile()
        if (!asked.isThere) yield heartbeat
      }
      const found = await asked.next
      if (found.done) return
      yield* piecesOf(found.value)
    }
  } finally {
    each.return?.().catch(() => undefined)
  }
}

/** Hands a piece to a connection. Resolves when it takes more: false if it is gone. */
function hand(raw: ServerResponse, piece: string): Promise<boolean> {
  if (raw.destroyed) return Promise.resolve(false)
  if (raw.write(piece)) return Promise.resolve(true)
  return new Promise((resolve) => {
    const [drained, gone] = [() => end(true), () => end(false)]
    const end = (takesMore: boolean) => {
      raw.off('drain', drained).off('close', gone)
      resolve(takesMore)
    }
    raw.on('drain', drained).on('close', gone)
  })
}

/**
 * Sends texts as fast as the reader takes them. The connection ends if they take nothing for a while although there is something:
 * browsers open it again. It ends as well if the source fails, after its head was sent.
 */
async function sendTexts(request: FastifyRequest, reply: FastifyReply, texts: AsyncIterable<string>) {
  const { raw } = reply
  const onStall = () => {
    request.log.info('the reader of an event stream takes nothing')
    raw.destroy()
  }
  // Send the headers now, not with the first event, so that the client knows at once that it is subscribed.
  reply.sse.sendHeaders()
  raw.flushHeaders()
  try {
    for await (const piece of whileTaken(texts, { stalledMs: request.server.stalledMs, onStall }))
      if (!(await hand(raw, piece))) return
  } catch (error) {
    request.log.warn({ err: error }, 'an event stream ended early')
    raw.destroy()
  }
}

/** Takes a place for an event stream, or throws if its reader has too many. Returns the function that gives it back. */
export type TakeStream = (request: FastifyRequest) => () => void

/**
 * Takes a place for a stream and registers it, so that it ends when the sign-in or key of its reader is revoked. The returned function
 * removes it again. Throws if that happened since the request was let in: such a revocation did not find the
 * stream.
 */
async function openStream(request: FastifyRequest): Promise<() => void> {
  const { openStreams, authenticate, takeStream } = request.server
  const giveBack = takeStream(request)
  const forget = openStreams.add(subjectsOf(request.actor), () => request.raw.destroy())
  const endStream = () => {
    forget()
    giveBack()
  }
  try {
    if (request.actor) await authenticate(request)
    return endStream
  } catch (error) {
    endStream()
    throw error
  }
}

/**
 * Answers with server-sent events until the source ends, the client disconnects or its sign-in is revoked. `follow` gets a function
 * that sends an event and one that ends the stream, and returns a function that stops the source.
 */
export const sendEvents = (
  request: FastifyRequest,
  reply: FastifyReply,
  follow: (queue: EventQueue<ServerEvent>) => () => void,
): Promise<FastifyReply> => sendWritten(request, reply, { follow, piecesOf: eventText })

/**
 * Like {@link sendEvents}, for events that are text already. `weightOf` is the memory that a waiting one takes, in bytes or
 * letters.
 */
export async function sendWritten<E>(
  request: FastifyRequest,
  reply: FastifyReply,
  how: {
    follow: (queue: EventQueue<E>) => () => void
    piecesOf: (event: E) => Iterable<string> | AsyncIterable<string>
    weightOf?: (event: E) => number
  },
): Promise<FastifyReply> {
  const endStream = await openStream(request)
  const { follow, piecesOf, weightOf } = how
  const queue = new EventQueue<E>({ ...(weightOf && { weightOf }) })
  // The gateway must not buffer events, and no cache may store them.
  reply.header('x-accel-buffering', 'no')
  reply.raw.once('close', () => queue.end())
  let stop = () => {}
  try {
    stop = follow(queue)
    await sendTexts(request, reply, textsOf(queue, piecesOf))
  } finally {
    endStream()
    stop()
    queue.end()
    // Close the reply here: awaiting a reply waits until its response has ended.
    reply.sse.close()
  }
  return reply
}

/**
 * Answers with the server-sent events of a source. The next event is requested only when the client has taken
 * the one before, so a slow client costs no memory. `signal` aborts when the client disconnects or its sign-in
 * is revoked, and the source must then end.
 */
export async function sendEventsOf(
  request: FastifyRequest,
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
): Promise<FastifyReply> {
  const endStream = await openStream(request)
  const gone = new AbortController()
  reply.header('x-accel-buffering', 'no')
  reply.raw.once('close', () => gone.abort())
  try {
    await sendTexts(request, reply, textsOf(source(gone.signal), eventText))
  } finally {
    endStream()
    gone.abort()
    reply.sse.close()
  }
  return reply
}
