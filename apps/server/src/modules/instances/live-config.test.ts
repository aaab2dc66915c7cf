import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changedVariables, instanceSecrets, tellInstance, upToDateProbe } from './live-config.ts'
import type { ProbeResult } from './probe.ts'

const variables: Record<number, Record<string, string>> = {
  3: { GREETING: 'hello', REGION: 'eu' },
  4: { GREETING: 'good day', REGION: 'eu' },
}
let madeAt = new Date(1)
const instanceSecretOf = instanceSecrets('secret', async () => madeAt)
const deps = {
  instanceSecretOf,
  variablesOf: async (of: { revision: number }) => variables[of.revision] ?? {},
}
const id = 'demo-r1-1'
let folder: string
let server: Server
let asked: { path: string | undefined; key: unknown; body: unknown }[]
let status: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitrine-live-config-'))
  asked = []
  status = 200
  server = createServer((req, res) => {
    void text(req).then((body) => {
      asked.push({ path: req.url, key: req.headers['vitrine-config-key'], body: JSON.parse(body) })
      res.writeHead(status).end('{}')
    })
  }).listen(join(folder, 's'))
  await once(server, 'listening')
})
afterEach(async () => {
  server.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true })
})

const endpoint = () => ({ socket: join(folder, 's') })
const tell = () => tellInstance(deps, { id, endpoint: endpoint(), since: 3, revision: 4 })

test('what differs between two sets of variables is told, and null for what is gone', () => {
  expect(changedVariables({ A: '1', B: '2', C: '3' }, { A: '1', B: '4', D: '5' })).toEqual({
    B: '4',
    C: null,
    D: '5',
  })
})

test('an instance is told what changed, with the key that it alone has', async () => {
  expect(await tell()).toBe(true)
  const key = await instanceSecretOf(id)
  expect(asked).toEqual([
    {
      path: '/vitrine/config',
      key,
      body: { since: 3, revision: 4, changes: { GREETING: 'good day' } },
    },
  ])
  expect(await instanceSecretOf('demo-r1-2')).not.toBe(key)
  madeAt = new Date(2)
  expect(await instanceSecretOf(id), 'of a later service with the same ID').not.toBe(key)
})

test('every answer but 200, and none, means that the instance has not taken the values', async () => {
  for (status of [404, 409, 500, 501]) expect(await tell()).toBe(false)
  server.close()
  server.closeAllConnections()
  expect(await tell()).toBe(false)
})

test('an instance on a port is never told, because another process may have taken the port', async () => {
  const port = { host: '127.0.0.1', port: 9 }
  expect(await tellInstance(deps, { id, endpoint: port, since: 3, revision: 4 })).toBe(false)
})

const probed = (result: ProbeResult, wanted: number) => {
  const probe = upToDateProbe(async () => result, { ...deps, onError: (error) => expect.fail(String(error)) })
  return probe({ endpoint: endpoint(), path: '/health', instance: { id, revision: () => wanted } })
}
const ready: ProbeResult = { health: 'READY', reason: null, found: null }

test('a probe brings a ready instance with other values to those that it should have, and leaves all others', async () => {
  await probed(ready, 4)
  await probed({ ...ready, revision: 4 }, 4)
  await probed({ ...ready, health: 'STARTING', revision: 3 }, 4)
  expect(asked).toEqual([])
  expect(await probed({ ...ready, revision: 3 }, 4)).toMatchObject({ health: 'READY' })
  await probed({ ...ready, revision: 4 }, 3)
  expect(asked.map(({ body }) => body)).toEqual([
    { since: 3, revision: 4, changes: { GREETING: 'good day' } },
    { since: 4, revision: 3, changes: { GREETING: 'hello' } },
  ])
})
