import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { makeCertificates } from '../../../../../tests/support/cluster.ts'
import { openBuilder } from './docker-client.ts'
import { builderAt } from './docker-host.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vb-'))
  await makeCertificates(folder, '127.0.0.1')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a builder on another machine is asked over TLS, and both sides show certificates', async () => {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'server.pem', 'server.key'].map((name) => readFile(join(folder, name))),
  )
  const server = createServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: true },
    (_asked, said) => said.end('OK'),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { port } = z.object({ port: z.number() }).parse(server.address())
    const builder = builderAt(`tcp://127.0.0.1:${port}`, join(folder, 'client'))
    const docker = await openBuilder(builder)
    expect(String(await docker.ping())).toBe('OK')
    await expect(openBuilder({ ...builder, certificates: folder })).rejects.toThrow('cert.pem')
    // A server with this name has a certificate for another one.
    await expect((await openBuilder({ ...builder, host: 'localhost' })).ping()).rejects.toThrow()
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
