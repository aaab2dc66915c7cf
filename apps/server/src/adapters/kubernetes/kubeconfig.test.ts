import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readInCluster, readKubeconfig } from './kubeconfig.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vk-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')
const cluster = (more = '') => `{name: k, cluster: {server: "https://10.0.0.1:6443/path"${more}}}`
/** Writes a kubeconfig with one user and two contexts, and returns its path. */
async function write(user: string, clusters = cluster()): Promise<string> {
  const file = join(folder, 'config')
  const text = `
apiVersion: v1
clusters: [${clusters}]
users: [{name: u, user: ${user}}]
contexts:
  - {name: one, context: {cluster: k, user: u, namespace: services}}
  - {name: two, context: {cluster: absent, user: u}}
current-context: one
`
  await writeFile(file, text)
  return file
}

test('a certificate and its key may be in the file or in files beside it', async () => {
  await writeFile(join(folder, 'ca.crt'), 'the authority')
  const user = `{client-certificate-data: ${base64('cert')}, client-key-data: ${base64('key')}}`
  const file = await write(user, cluster(', certificate-authority: ca.crt'))
  expect(await readKubeconfig(file, null)).toEqual({
    server: new URL('https://10.0.0.1:6443/path'),
    ca: Buffer.from('the authority'),
    serverName: null,
    isUnchecked: false,
    client: { cert: Buffer.from('cert'), key: Buffer.from('key') },
    signIn: { kind: 'none' },
    namespace: 'services',
  })
})

test('a token is in the file, or in another file that is read for each call', async () => {
  expect((await readKubeconfig(await write('{token: abc}'), 'one')).signIn).toEqual({
    kind: 'token',
    token: 'abc',
  })
  expect((await readKubeconfig(await write('{tokenFile: t}'), 'one')).signIn).toEqual({
    kind: 'token_file',
    path: join(folder, 't'),
  })
})

test.each([
  ['a program', '{exec: {command: aws}}', null, 'the user u signs in by a program (exec: aws)'],
  ['an auth provider', '{auth-provider: {name: oidc}}', null, 'the user u signs in by “auth-provider”'],
  ['a context that is not there', '{token: a}', 'three', 'there is no context three; it has: one, two'],
  ['a cluster that is not there', '{token: a}', 'two', 'there is no cluster absent'],
  ['a file that is not there', '{client-certificate: gone.crt}', null, 'gone.crt cannot be read'],
])('%s is refused with what is wrong', async (_what, user, context, why) => {
  await expect(readKubeconfig(await write(user), context)).rejects.toThrow(why)
})

test('an invalid kubeconfig is refused with the place of the error', async () => {
  const file = join(folder, 'config')
  await writeFile(file, 'clusters: [{name: k, cluster: {server: "ssh://x"}}]')
  await expect(readKubeconfig(file, null)).rejects.toThrow('clusters.0.cluster.server')
  await writeFile(file, 'a: [')
  await expect(readKubeconfig(file, null)).rejects.toThrow('it is no YAML')
  await expect(readKubeconfig(join(folder, 'absent'), null)).rejects.toThrow('ENOENT')
})

test('in a cluster, the account of its own pod signs in', async () => {
  const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }
  expect(await readInCluster({}, folder)).toBeNull()
  expect(await readInCluster(env, folder)).toBeNull()
  await writeFile(join(folder, 'ca.crt'), 'the authority')
  await writeFile(join(folder, 'namespace'), 'vitrine\n')
  expect(await readInCluster(env, folder)).toMatchObject({
    server: new URL('https://[fd00::1]:443'),
    ca: Buffer.from('the authority'),
    signIn: { kind: 'token_file', path: join(folder, 'token') },
    namespace: 'vitrine',
  })
})
