import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { patienceMs } from '../../../../tests/support/patience.ts'
import { createTestApp } from '../../../../tests/support/test-app.ts'
import { createBus } from '../lib/bus.ts'
import { createEventMemory } from '../lib/event-memory.ts'
import { sendEvents, sendEventsOf, type ServerEvent } from './sse.ts'

const mebi = 1024 ** 2

/** Events of so many characters together, as one part. */
const part = Array.from({ length: 16 }, (): ServerEvent => ({
  event: 'large',
  data: `${'x'.repeat(mebi)}END`,
}))

/** An app with a stream of what happens and one of what is there, and the memory for what waits for their readers. */
async function openApp() {
  const memory = createEventMemory({ characters: 48 * mebi, perPerson: 16 * mebi })
  const bus = createBus<ServerEvent>()
  let [open, opened] = [0, 0]
  const begin = () => {
    open += 1
    opened += 1
  }
  const app = await createTestApp({}, null, {
    // No reader is cut off by time here.
    stalledMs: 10 * patienceMs,
    openWaiting: ({ headers }, close) => memory.open(String(headers['x-person']), close),
  })
  onTestFinished(() => app.close())
  app.get('/stream', { config: { access: 'public' }, sse: true }, (request, reply) =>
    sendEvents(request, reply, (queue) => {
      begin()
      const stop = bus.subscribe((event) => queue.push(event))
      return () => {
        open -= 1
        stop()
      }
    }),
  )
  app.get('/parts', { config: { access: 'public' }, sse: true }, (request, reply) =>
    sendEventsOf(request, reply, async function* () {
      begin()
      try {
        yield part
      } finally {
        open -= 1
      }
    }),
  )
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  /** Opens the stream, and waits until it is there. Reads nothing of it after that. */
  async function stall(person: string, path = '/stream'): Promise<Socket> {
    const before = opened
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\nx-person: ${person}\r\n\r\n`,
    )
    await once(socket, 'readable')
    await expect.poll(() => opened, { timeout: patienceMs }).toBe(before + 1)
    return socket
  }
  /** Opens the stream, and counts the events that come whole. */
  async function read(person: string, path = '/stream') {
    const socket = await stall(person, path)
    let events = 0
    let rest = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      events += (rest + text).split('END').length - 1
      rest = text.slice(-2)
    })
    return { events: () => events, isOpen: () => !socket.destroyed }
  }
  return { stall, read, publish: (event: ServerEvent) => bus.publish(event), open: () => open }
}

test('readers that take nothing lose their streams before what waits for them fills the memory, and others lose nothing', async () => {
  const { stall, read, publish, open } = await openApp()
  const people = ['one', 'two', 'three', 'four']
  for (const person of people) for (let each = 0; each < 4; each += 1) await stall(person)
  const honest = [await read('one'), await read('five')]
  const data = `${'x'.repeat(mebi)}END`
  let sent = 0
  // 16 stalled streams, of which each could have all of these events waiting.
  while (open() > honest.length && sent < 64) {
    publish({ event: 'large', data })
    sent += 1
    await expect
      .poll(() => honest.map(({ events }) => events()), { timeout: patienceMs })
      .toEqual([sent, sent])
  }
  expect(sent).toBeLessThan(64)
  expect(honest.map(({ isOpen }) => isOpen())).toEqual([true, true])
})

test('what is there already counts as well: of two stalled readers of one person, one loses the stream', async () => {
  const { stall, read, open } = await openApp()
  for (let each = 0; each < 2; each += 1) await stall('one', '/parts')
  await expect.poll(open, { timeout: patienceMs }).toBe(1)
  const honest = await read('other', '/parts')
  await expect.poll(honest.events, { timeout: patienceMs }).toBe(part.length)
})
