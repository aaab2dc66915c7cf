import { once } from 'node:events'
import { copyFile, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { makeCertificates } from '../../../../tests/support/cluster.ts'
import { certificatesProblem } from '../adapters/docker/docker-certificates.ts'
import { openDocker } from '../adapters/docker/docker-client.ts'
import { builderAt } from '../adapters/docker/docker-host.ts'
import { parseSettings } from '../config.ts'
import { dataPaths } from '../lib/paths.ts'
import { createShutdown } from '../lifecycle/shutdown.ts'
import { pingDocker, takesAnybody } from '../adapters/docker/ping-docker.ts'
import { dockerNotes } from './docker-notes.ts'
import { dockerDriver, keyFoldersOf } from './docker.ts'

let folder: string
let client: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vb-'))
  await makeCertificates(folder, '127.0.0.1')
  client = join(folder, 'client')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A daemon that answers over TLS, and as `dockerd --tlsverify` only to those with a certificate. Resolves with what `use` returns. */
async function withDaemon<T>(
  asksFor: boolean,
  use: (port: number, paths: string[]) => Promise<T>,
): Promise<T> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'server.pem', 'server.key'].map((name) => readFile(join(folder, name))),
  )
  const paths: string[] = []
  const options = { ca, cert, key, requestCert: asksFor, rejectUnauthorized: asksFor }
  const server = createServer(options, (asked, said) => {
    paths.push(asked.url ?? '')
    said.end('OK')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await use(z.object({ port: z.number() }).parse(server.address()).port, paths)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** What the start says of a daemon at a port. */
const notesOf = (port: number, certificates = client) =>
  dockerNotes({
    VITRINE_DOCKER_HOST: { host: '127.0.0.1', port },
    VITRINE_DOCKER_CERTS: certificates,
    VITRINE_CEILING_NETWORK: 'all',
  })

test('a daemon on a port is asked over TLS, and both sides show certificates', async () => {
  await withDaemon(true, async (port, paths) => {
    const daemon = builderAt(`tcp://127.0.0.1:${port}`, client)
    expect(String(await (await openDocker(daemon)).ping())).toBe('OK')
    await expect(openDocker({ ...daemon, certificates: folder })).rejects.toThrow('cert.pem')
    // A server with this name has a certificate for another one.
    await expect((await openDocker({ ...daemon, host: 'localhost' })).ping()).rejects.toThrow()
    expect(paths).toEqual(['/_ping'])
  })
})

test('a daemon that asks for certificates is no reason for a note', async () => {
  await withDaemon(true, async (port) => {
    const daemon = { host: '127.0.0.1', port }
    expect(await pingDocker({ ...daemon, certificates: client })).toEqual({ answer: 'answers' })
    expect(await takesAnybody(daemon)).toBe(false)
    expect(await notesOf(port)).toEqual([])
  })
})

test('one over TLS that asks nobody for a certificate takes orders from every algorithm, and the start says so', async () => {
  const notes = await withDaemon(false, (port) => notesOf(port))
  expect(notes).toEqual([expect.stringContaining('ask for certificates with --tlsverify')])
})

test('certificates that the other side does not accept are told, with why', async () => {
  const strange = await mkdtemp(join(folder, 'strange-'))
  await makeCertificates(strange, '127.0.0.1')
  const [note, ...others] = await withDaemon(true, (port) => notesOf(port, join(strange, 'client')))
  expect(note).toContain('do not accept each other’s certificates')
  expect(note).toContain(join(strange, 'client'))
  expect(others).toEqual([])
  // The daemon is the right one, but has not signed the certificate of the platform.
  const mixed = join(strange, 'client')
  await copyFile(join(folder, 'ca.pem'), join(mixed, 'ca.pem'))
  const found = await withDaemon(true, (port) => pingDocker({ host: '127.0.0.1', port, certificates: mixed }))
  expect(found.answer).toBe('refused')
})

test('a daemon that does not run yet may come, so nothing is said of it', async () => {
  const port = await withDaemon(true, async (its) => its)
  expect(await pingDocker({ host: '127.0.0.1', port, certificates: client })).toEqual({ answer: 'away' })
  expect(await notesOf(port)).toEqual([])
})

test('certificates that cannot be used are told with the file or the fault', async () => {
  expect(await certificatesProblem(client)).toBeNull()
  expect(await certificatesProblem(join(folder, 'absent'))).toMatch(/cannot be read \(ENOENT.*ca\.pem/)
  const broken = await mkdtemp(join(folder, 'broken-'))
  for (const name of ['ca.pem', 'cert.pem', 'key.pem']) await copyFile(join(client, name), join(broken, name))
  await copyFile(join(folder, 'server.key'), join(broken, 'key.pem'))
  expect(await certificatesProblem(broken)).toContain('the key is that of the certificate')
  await writeFile(join(broken, 'ca.pem'), 'not a certificate')
  expect(await certificatesProblem(broken)).toContain('certificates cannot be used')
})

test('sandboxes hide the folders with keys where they really are', async () => {
  const link = join(folder, 'link')
  await symlink(client, link)
  expect(
    await keyFoldersOf({
      VITRINE_DOCKER_CERTS: link,
      VITRINE_KUBERNETES_BUILDER_CERTS: join(folder, 'absent'),
    }),
  ).toEqual([await realpath(client)])
})

test('a platform whose certificates cannot be used does not start, and says which setting it is', async () => {
  const settings = parseSettings({
    VITRINE_DOCKER_HOST: 'tcp://127.0.0.1:2376',
    VITRINE_DOCKER_CERTS: join(folder, 'absent'),
  })
  const nothing = async () => undefined
  const deps = {
    ports: { host: '127.0.0.1', portFor: async () => 1, keep: nothing, release: nothing },
    logRotation: { maxBytes: 1, backups: 1 },
    holdsRecords: async () => false,
    onError: () => undefined,
  }
  const input = {
    settings,
    paths: dataPaths(folder),
    env: {},
    shutdown: createShutdown(pino({ enabled: false })),
  }
  await expect(dockerDriver(input, deps)).rejects.toMatchObject({
    name: 'SettingsError',
    problems: [expect.stringMatching(/^VITRINE_DOCKER_CERTS: .* · cannot be read \(ENOENT/)],
  })
})
