import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseSettings } from '../config.ts'
import { pathExists } from '../lib/path-exists.ts'
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

test('a kubeconfig that starts a program is refused in both languages, and the program does not run', async () => {
  const file = join(folder, 'config')
  const ran = join(folder, 'ran')
  await writeFile(
    file,
    `
clusters: [{name: k, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: touch, args: [${ran}]}}}]
contexts: [{name: c, context: {cluster: k, user: u}}]
current-context: c
`,
  )
  const [note] = await notes({ ...cluster, VITRINE_KUBERNETES_CONFIG: file })
  expect(note).toContain('用户 u 通过程序登录（exec：touch）')
  expect(note).toContain('the user u signs in by a program (exec: touch)')
  expect(note).toContain('tokenFile')
  expect(await pathExists(ran)).toBe(false)
})

/** What the start says of a cluster that answers like this. */
async function notesOf(answer: (path: string) => { status: number; body: object }): Promise<string[]> {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? '')
    request.resume().on('end', () => response.writeHead(status).end(JSON.stringify(body)))
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
    return await notes({ ...cluster, VITRINE_KUBERNETES_CONFIG: file })
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

test('rights that are missing are named', async () => {
  const [note, ...others] = await notesOf(() => ({ status: 200, body: { status: { allowed: false } } }))
  expect(note).toContain('lacks rights in the namespace services of Kubernetes: list pods, watch pods')
  expect(note).toContain('update replicasets.apps')
  expect(others).toEqual([])
})

test('a cluster that does not tell what pods use is named', async () => {
  const found = await notesOf((path) =>
    path.startsWith('/apis/metrics.k8s.io')
      ? { status: 404, body: { kind: 'Status', message: 'not found' } }
      : { status: 200, body: { status: { allowed: true } } },
  )
  expect(found).toEqual([expect.stringContaining('has no metrics API (metrics.k8s.io)')])
})
