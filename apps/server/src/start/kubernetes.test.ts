import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSettings } from '../config.ts'
import { kubernetesNotes } from './kubernetes.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vk-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const notes = (given: Record<string, string>) => kubernetesNotes({ settings: parseSettings(given), env: {} })
const cluster = { VITRINE_KUBERNETES_NAMESPACE: 'services' }

test('a platform without a namespace asks no cluster', async () => {
  expect(await notes({})).toEqual([])
})

test('a cluster that cannot be reached is told, with why', async () => {
  const [nowhere] = await notes(cluster)
  expect(nowhere).toContain('the platform runs in no cluster')
  const file = join(folder, 'absent')
  const [absent] = await notes({ ...cluster, VITRINE_KUBERNETES_CONFIG: file })
  expect(absent).toContain('ENOENT')
})

test('rights that are missing are named', async () => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end(JSON.stringify({ status: { allowed: false } })))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const file = join(folder, 'config')
  await writeFile(
    file,
    `
clusters: [{name: k, cluster: {server: "http://127.0.0.1:${port}"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
current-context: c
`,
  )
  try {
    const [note] = await notes({ ...cluster, VITRINE_KUBERNETES_CONFIG: file })
    expect(note).toContain('lacks rights in the namespace services of Kubernetes: list pods, watch pods')
    expect(note).toContain('update replicasets.apps')
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
