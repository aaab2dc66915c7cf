import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { askItsPort, type InstanceEndpoint } from '@vitrine/contract/port-listener'
import { listenersAt } from './port-ownership.test-setup.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function listen(port = 0, host = '127.0.0.1') {
  const server = createServer()
  servers.push(server)
  await once(server.listen({ port, host }), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, port: address.port }
}
const instance = (port: number, listeners?: readonly string[]): InstanceEndpoint => ({
  host: '127.0.0.1',
  port,
  ...(listeners && { listeners }),
})
const asked = (endpoint: InstanceEndpoint) => new Promise<boolean>((answer) => askItsPort(endpoint, answer))

test('many who ask at once are each answered about their own port and sockets', async () => {
  const [one, two, six] = [await listen(), await listen(), await listen(0, '::')]
  const [ofOne, ofTwo, ofSix] = await Promise.all([one, two, six].map(({ port }) => listenersAt(port)))
  const answers = [
    [instance(one.port, ofOne), true],
    [instance(two.port, ofTwo), true],
    [instance(two.port, ofOne), false],
    [instance(six.port, ofSix), true],
    [instance(six.port, ofTwo), false],
    [instance(one.port, []), false],
    [instance(one.port), true],
    [{ socket: '/nowhere' }, true],
  ] as const
  expect(await Promise.all(answers.map(([endpoint]) => asked(endpoint)))).toEqual(answers.map(([, is]) => is))
})

test('the look comes after the question: whoever closes the port meanwhile has it no more', async () => {
  const { server, port } = await listen()
  const listeners = await listenersAt(port)
  expect(await asked(instance(port, listeners))).toBe(true)
  const answer = asked(instance(port, listeners))
  server.close()
  expect(await answer).toBe(false)
  // Nor is an earlier answer kept for a program that takes the port.
  await listen(port)
  expect(await asked(instance(port, listeners))).toBe(false)
})

test('where nothing is known of the sockets, the answer comes at once', () => {
  const answers: boolean[] = []
  askItsPort(instance(1), (is) => answers.push(is))
  expect(answers).toEqual([true])
})
