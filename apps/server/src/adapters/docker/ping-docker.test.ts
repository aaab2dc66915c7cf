import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pingDocker } from './ping-docker.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vp-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test.each([
  [200, 'answers'],
  [503, 'away'],
])('a daemon that says %i to a ping %s', async (status, answer) => {
  const socketPath = join(folder, 'docker.sock')
  const server = createServer((asked, said) => said.writeHead(asked.url === '/_ping' ? status : 404).end())
  server.listen(socketPath)
  await once(server, 'listening')
  expect(await pingDocker({ socketPath })).toEqual({ answer })
  server.close()
})

test('a daemon that is not there is away', async () => {
  expect(await pingDocker({ socketPath: join(folder, 'docker.sock') })).toEqual({ answer: 'away' })
})
