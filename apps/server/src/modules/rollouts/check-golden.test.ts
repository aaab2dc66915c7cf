import { setImmediate as immediate } from 'node:timers/promises'
import { createServer, type RequestListener } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { testMemory } from '../../lib/memory-budget.test-source.ts'
import { createMemoryBudget, type MemoryBudget } from '../../lib/memory-budget.ts'
import { completeManifest } from '../releases/releases.test-world.ts'
import { checkGolden } from './check-golden.ts'

const answer = {
  status: 'succeeded',
  predictions: [
    { index: 0, status: 'succeeded', outputs: [{ name: 'text', kind: 'text', data: 'x'.repeat(100_000) }] },
  ],
}

const largeAnswer: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}

/** Checks the example of a package, whose instance gives a large answer, or what `respond` gives. */
async function checkedIn(
  memory: MemoryBudget,
  { respond = largeAnswer, timeoutMs = 60_000 }: { respond?: RequestListener; timeoutMs?: number } = {},
): Promise<number> {
  const server = createServer(respond)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { outputs } = answer.predictions[0] ?? { outputs: [] }
  const examples = [{ name: 'golden', input_data: ['in'], expect: [outputs] }]
  return checkGolden({
    manifest: completeManifest({ examples }),
    endpoint: { host: '127.0.0.1', port: address.port },
    folder: '/nonexistent',
    timeoutMs,
    memory,
    person: 'owner',
    signal: new AbortController().signal,
    lines: async () => [],
    mask: (text) => text,
  })
}

test('the answer to a golden example waits for room in the memory of all calls, and gives it back', async () => {
  const memory = testMemory(1_000)
  const [first, other] = [
    memory.open('one', new AbortController().signal),
    memory.open('two', new AbortController().signal),
  ]
  await first.take(1_000)
  // Beyond the room, so that nothing else may be.
  await other.take(10)
  let isGiven = false
  let tellAsked = () => {}
  const asked = new Promise<void>((resolve) => (tellAsked = resolve))
  const watched: MemoryBudget = {
    open(person, signal) {
      const hold = memory.open(person, signal)
      const take = async (bytes: number) => {
        const given = hold.take(bytes)
        tellAsked()
        await given
        isGiven = true
      }
      return { ...hold, take }
    },
  }
  const checked = checkedIn(watched)
  await asked
  await immediate()
  expect(isGiven).toBe(false)
  other.end()
  expect(await checked).toBe(1)
  const whole = memory.open('three', new AbortController().signal)
  first.end()
  await whole.take(1_000)
})

test('an example whose memory others need fails with these words', async () => {
  const memory = createMemoryBudget({ bytes: 1_000, perPerson: 1_000, free: 0, patienceMs: 1 })
  const waits = memory.open('other', new AbortController().signal)
  await memory.open('one', new AbortController().signal).take(1_000)
  let tellTaken = () => {}
  const taken = new Promise<void>((resolve) => (tellTaken = resolve))
  const watched: MemoryBudget = {
    open(person, signal) {
      const hold = memory.open(person, signal)
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

describe('an example without a usable response says why', () => {
  const failures: [string, RequestListener, string][] = [
    ['none in time', () => undefined, 'got no response within 0.2 s. The request timeout'],
    [
      'a response that does not end',
      (_request, response) => void response.write('{'),
      'got no response within',
    ],
    ['a closed connection', (request) => request.socket.destroy(), 'the instance closed the connection'],
    ['text', (_request, response) => void response.end('hello'), 'does not follow the protocol'],
  ]

  test.each(failures)('%s', async (_what, respond, words) => {
    await expect(checkedIn(testMemory(1_000_000), { respond, timeoutMs: 200 })).rejects.toMatchObject({
      code: 'deploy.verification_failed',
      message: expect.stringContaining(words),
    })
  })
})
