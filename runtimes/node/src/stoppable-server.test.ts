import { once } from 'node:events'
import { Agent, request, type IncomingMessage, type RequestListener } from 'node:http'
import { expect, it } from 'vitest'
import { StoppableServer } from './stoppable-server.ts'

async function serverOf(handle: RequestListener): Promise<{ server: StoppableServer; port: number }> {
  const server = new StoppableServer({}, handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { server, port: typeof address === 'object' && address ? address.port : 0 }
}

it('ends although a caller does not read its answer, if a time is given', async () => {
  const { server, port } = await serverOf((_, response) => response.end(Buffer.alloc(64 * 2 ** 20)))
  const asked = request({ port, host: '127.0.0.1', agent: false }).end()
  const [answer]: IncomingMessage[] = await once(asked, 'response')
  await server.stop(1)
  // The caller notices that its answer is not whole.
  const whole = async () => {
    for await (const chunk of answer ?? []) expect(chunk).toBeDefined()
  }
  await expect(whole()).rejects.toThrow('aborted')
})

it('tells a caller whose answer had not begun that it ends the connection', async () => {
  const begun: (() => void)[] = []
  const { server, port } = await serverOf((_, response) => begun.push(() => response.end('late')))
  const agent = new Agent({ keepAlive: true })
  const asked = request({ port, host: '127.0.0.1', agent }).end()
  await expect.poll(() => begun.length).toBe(1)
  const stopped = server.stop()
  begun[0]?.()
  const [answer]: IncomingMessage[] = await once(asked, 'response')
  expect(answer?.headers.connection).toBe('close')
  answer?.resume()
  await stopped
  agent.destroy()
})
