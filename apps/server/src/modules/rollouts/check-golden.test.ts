import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { testRoom } from '../../lib/byte-room.test-source.ts'
import { createByteRoom, type ByteRoom } from '../../lib/byte-room.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { checkGolden } from './check-golden.ts'

const answer = {
  status: 'succeeded',
  predictions: [
    { index: 0, status: 'succeeded', outputs: [{ name: 'text', kind: 'text', data: 'x'.repeat(100_000) }] },
  ],
}

/** Checks the example of a package, whose instance gives a large answer. */
async function checkedIn(room: ByteRoom): Promise<number> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { outputs } = answer.predictions[0] ?? { outputs: [] }
  const examples = [{ name: 'golden', input_data: ['in'], expect: [outputs] }]
  return checkGolden({
    manifest: completeManifest({ examples }),
    endpoint: { host: '127.0.0.1', port: address.port },
    ...{ folder: '/nonexistent', timeoutMs: 60_000, room, person: 'owner' },
    signal: new AbortController().signal,
    lines: async () => [],
  })
}

test('the answer to a golden example waits for room in the memory of all calls, and gives it back', async () => {
  const room = testRoom(1_000)
  const [first, other] = [
    room.open('one', new AbortController().signal),
    room.open('two', new AbortController().signal),
  ]
  await first.take(1_000)
  // Beyond the room, so that nothing else may be.
  await other.take(10)
  let isDone = false
  const checked = checkedIn(room).finally(() => (isDone = true))
  const passed = await Promise.race([
    checked,
    new Promise((resolve) => setTimeout(() => resolve('waits'), 300)),
  ])
  expect([passed, isDone]).toEqual(['waits', false])
  other.end()
  expect(await checked).toBe(1)
  const whole = room.open('three', new AbortController().signal)
  first.end()
  await whole.take(1_000)
})

test('an example whose memory others need fails with these words', async () => {
  const room = createByteRoom({ bytes: 1_000, perPerson: 1_000, free: 0, patienceMs: 1 })
  const waits = room.open('other', new AbortController().signal)
  await room.open('one', new AbortController().signal).take(1_000)
  let tellTaken = () => {}
  const taken = new Promise<void>((resolve) => (tellTaken = resolve))
  const watched: ByteRoom = {
    open(person, signal) {
      const hold = room.open(person, signal)
      const take = async (bytes: number) => {
        await hold.take(bytes)
        const reclaimed = new Promise<never>((_resolve, reject) =>
          hold.signal.addEventListener('abort', () => reject(hold.signal.reason), { once: true }),
        )
        tellTaken()
        // Keeps what it has until others need it.
        await reclaimed
      }
      return { ...hold, take }
    },
  }
  const failed = expect(checkedIn(watched)).rejects.toMatchObject({
    message: expect.stringContaining('was needed by other calls'),
  })
  await taken
  await waits.take(10)
  await failed
})
