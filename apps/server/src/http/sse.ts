import type { EventOf } from '@vitrine/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import { rightsChanged } from '../lib/access.errors.ts'
import type { Actor } from '../lib/actor.ts'
import { EventQueue } from '../lib/event-queue.ts'
import type { SharedText, WaitingTexts } from '../lib/event-memory.ts'
import { subjectsOf } from '../lib/open-streams.ts'
import { whileTaken } from './backpressure.ts'

/** One server-sent event of a stream whose events have these data, by their name. */
export type ServerEvent<Events = Record<string, unknown>> = EventOf<Events>

/** The text of an event whose data is JSON text, in pieces. JSON text of ours has no line ends. Pure. */
export const eventPieces = (event: string, data: readonly string[]): readonly string[] => [
  `event: ${event}\ndata: `,
  ...data,
  '\n\n',
]

const eventText = ({ event, data }: ServerEvent): readonly string[] =>
  eventPieces(event, [JSON.stringify(data)])

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
async function sendTexts(
  request: FastifyRequest,
  reply: FastifyReply,
  texts: AsyncIterable<string>,
  onTaken = () => {},
) {
  const { raw } = reply
  const onStall = () => {
    request.log.info('the reader of an event stream takes nothing')
    raw.destroy()
  }
  // Send the headers now, not with the first event, so that the client knows at once that it is subscribed.
  reply.sse.sendHeaders()
  raw.flushHeaders()
  try {
    for await (const piece of whileTaken(texts, { stalledMs: request.server.stalledMs, onStall })) {
      if (!(await hand(raw, piece))) return
      onTaken()
    }
  } catch (error) {
    request.log.warn({ err: error }, 'an event stream ended early')
    raw.destroy()
  }
}

/** Opens what waits for the reader of a stream. `close` is called if it has to end because it waits for too long. */
export type OpenWaiting = (request: FastifyRequest, close: () => void) => WaitingTexts

/** Answers HEAD for an event stream: with its headers, and without a place in it. Null if the request is for the events. */
function headOf({ method }: FastifyRequest, reply: FastifyReply): FastifyReply | null {
  // The gateway must not buffer events, and no cache may store them.
  reply.header('x-accel-buffering', 'no')
  if (method !== 'HEAD') return null
  reply.sse.sendHeaders()
  reply.sse.close()
  return reply
}

/** Takes a place for an event stream, or throws if its reader has too many. Returns the function that gives it back. */
export type TakeStream = (request: FastifyRequest) => () => void

/** What somebody may do. Streams decide by it what they tell, and are opened with it once. */
const rightsOf = (actor: Actor | null) =>
  actor && [actor.role, actor.permissions, actor.serviceIds, actor.grants ?? []]

/** Throws if a caller who was let in may no longer use the route, or may do something else than then. */
function requireSame(request: FastifyRequest, caller: Actor | null): void {
  const now = request.routeOptions.config.admitAgain?.(caller, request) ?? caller
  if (!isDeepStrictEqual(rightsOf(now), rightsOf(request.actor))) throw rightsChanged({})
}

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
    if (request.actor) requireSame(request, await authenticate(request))
    return endStream
  } catch (error) {
    endStream()
    throw error
  }
}

/** Where the source of a stream puts its events. */
export type EventSink<Events> = Pick<EventQueue<unknown>, 'end' | 'fail'> & {
  push: (event: ServerEvent<Events>) => void
}

/** Opens what waits for the reader of a stream. If it is too much, the connection ends, and `onClose` is called. */
const openWaiting = (request: FastifyRequest, onClose = () => {}): WaitingTexts =>
  request.server.openWaiting(request, () => {
    request.log.info('too much waits for the reader of an event stream')
    onClose()
    request.raw.destroy()
  })

/** Makes the queue of a stream, whose events count as long as they wait for the reader. */
function openQueue<E>(request: FastifyRequest, { textOf }: { textOf: (event: E) => SharedText | null }) {
  const waiting = openWaiting(request, () => queue.fail(new Error('too much waits for the reader')))
  const queue = new EventQueue<E>({
    onWait(event) {
      const shared = textOf(event)
      if (shared) waiting.add(shared, shared.text.length)
    },
    onOver(event) {
      const shared = textOf(event)
      if (shared) waiting.remove(shared)
    },
  })
  return { queue, waiting }
}

/**
 * Answers with server-sent events until the source ends, the client disconnects or its sign-in is revoked. `follow` gets a function
 * that sends an event and one that ends the stream, and returns a function that stops the source.
 */
export const sendEvents = <Events = Record<string, unknown>>(
  request: FastifyRequest,
  reply: FastifyReply,
  follow: (queue: EventSink<Events>) => () => void,
): Promise<FastifyReply> =>
  sendWritten<SharedText>(request, reply, {
    follow: (queue) =>
      follow({
        push: (event) => queue.push({ text: eventText(event).join('') }),
        end: () => queue.end(),
        fail: (error) => queue.fail(error),
      }),
    piecesOf: ({ text }) => [text],
    textOf: (waiting) => waiting,
  })

/**
 * Like {@link sendEvents}, for events that are text already. `textOf` gives the text of one that waits, or null for one that
 * has none in memory. Too much waiting text ends the stream, or slower ones ({@link OpenWaiting}).
 */
export async function sendWritten<E>(
  request: FastifyRequest,
  reply: FastifyReply,
  how: {
    follow: (queue: EventQueue<E>) => () => void
    piecesOf: (event: E) => Iterable<string> | AsyncIterable<string>
    textOf: (event: E) => SharedText | null
  },
): Promise<FastifyReply> {
  const head = headOf(request, reply)
  if (head) return head
  const endStream = await openStream(request)
  const { follow, piecesOf } = how
  const { queue, waiting } = openQueue(request, how)
  reply.raw.once('close', () => queue.end())
  let stop = () => {}
  try {
    stop = follow(queue)
    await sendTexts(request, reply, textsOf(queue, piecesOf), () => waiting.taken())
  } finally {
    endStream()
    stop()
    queue.end()
    waiting.end()
    // Close the reply here: awaiting a reply waits until its response has ended.
    reply.sse.close()
  }
  return reply
}

/** The texts of events, which count until the reader has all of them: as texts, and as the values of which they are made. */
function* countedTexts(events: readonly ServerEvent[], waiting: WaitingTexts): Generator<string> {
  const texts = events.map((event) => eventText(event).join(''))
  waiting.add(
    texts,
    texts.reduce((sum, text) => sum + 2 * text.length, 0),
  )
  try {
    yield* texts
  } finally {
    waiting.remove(texts)
  }
}

/**
 * Answers with the server-sent events of a source, which gives them in parts. The next part is requested only when the client has
 * taken the one before. `signal` aborts when the client disconnects or its sign-in is revoked, and the source must then end.
 */
export async function sendEventsOf<Events = Record<string, unknown>>(
  request: FastifyRequest,
  reply: FastifyReply,
  source: (signal: AbortSignal) => AsyncIterable<readonly ServerEvent<Events>[]>,
): Promise<FastifyReply> {
  const head = headOf(request, reply)
  if (head) return head
  const endStream = await openStream(request)
  const waiting = openWaiting(request)
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort())
  try {
    const texts = textsOf(source(gone.signal), (events) => countedTexts(events, waiting))
    await sendTexts(request, reply, texts, () => waiting.taken())
  } finally {
    endStream()
    waiting.end()
    gone.abort()
    reply.sse.close()
  }
  return reply
}
