import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'
import { instancePort } from '../support/instance-port.ts'
import type { InWorld } from '../support/shared-platform.ts'

/** Packages that start one program of their own, which answers every request. */
const program = (name: string, lines: readonly string[]): PackageFiles => ({
  [name]: [...lines, ''].join('\n'),
  'algorithm.yaml': `runtime: command\nentry: ${name.endsWith('.py') ? 'python3' : 'node'} ${name}\n`,
})
const inNode = (listen: string) =>
  program('server.js', [
    `const server = require('node:http').createServer((_request, response) => response.end('open'))`,
    `const port = process.env.PORT`,
    listen,
  ])
const inPython = (serve: readonly string[]) =>
  program('server.py', [
    'import asyncio, os, socket',
    'from http.server import BaseHTTPRequestHandler, HTTPServer',
    'port = int(os.environ["PORT"])',
    'class Handler(BaseHTTPRequestHandler):',
    '    def do_GET(self):',
    '        self.send_response(200)',
    '        self.send_header("Content-Length", "4")',
    '        self.end_headers()',
    '        self.wfile.write(b"open")',
    ...serve,
  ])

/** Every usual way to listen on all addresses of the machine, written so that no edit of the deployed copy finds it. */
const servers: [id: string, files: PackageFiles][] = [
  ['node-no-host', inNode('server.listen(port)')],
  ['node-all', inNode(`server.listen({ port, host: Array(4).fill(0).join('.') })`)],
  ['node-all-six', inNode(`server.listen(Number(port), '::', () => console.log('listening'))`)],
  ['python-all', inPython(['HTTPServer((".".join("0000"), port), Handler).serve_forever()'])],
  ['python-no-host', inPython(['HTTPServer((str(), port), Handler).serve_forever()'])],
  [
    'python-asyncio',
    inPython([
      'async def answer(reader, writer):',
      '    await reader.readuntil(b"\\r\\n\\r\\n")',
      '    writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nopen")',
      '    await writer.drain()',
      '    writer.close()',
      'async def main():',
      '    async with await asyncio.start_server(answer, None, port) as server:',
      '        await server.serve_forever()',
      'asyncio.run(main())',
    ]),
  ],
]

/** Programs that listen on all addresses of the machine. */
export function openAddressCases(world: InWorld): void {
  let admin: ApiClient

  beforeAll(() => {
    ;({ admin } = world())
  })

  /** Whether somebody listens on a port of an address. Only a server on all addresses also has 127.0.0.9. */
  const accepts = (host: string, port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ host, port })
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })

  test.each(servers)(
    '%s: a program that listens on all addresses is reachable through the gateway only',
    async (id, files) => {
      const service = await admin.publish(id, files)
      const answer = await admin.request('GET', `//ai/${id}/`)
      expect([answer.status, await answer.text()]).toEqual([200, 'open'])
      const port = instancePort(service.instances[0])
      expect(await accepts('127.0.0.1', port)).toBe(true)
      expect(await accepts('127.0.0.9', port)).toBe(false)
    },
    120_000,
  )
}
