import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dataPaths } from '../lib/paths.ts'
import { openApiSocket, type ApiSocket } from './api-socket.ts'

const isRoot = process.getuid?.() === 0
const [worker, other] = [
  { uid: 33, gid: 33 },
  { uid: 65_534, gid: 65_534 },
]

let folder: string
const servers: Server[] = []
const opened: ApiSocket[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vas-'))
  await chmod(folder, 0o711)
})
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  for (const socket of opened.splice(0)) await socket.remove()
  await rm(folder, { recursive: true, force: true })
})

async function open(root = folder, isForOthers = true): Promise<ApiSocket> {
  const socket = await openApiSocket(dataPaths(root), isForOthers)
  opened.push(socket)
  return socket
}
async function serve(socket: ApiSocket): Promise<void> {
  const server = createServer((connection) => connection.end())
  servers.push(server)
  server.listen(socket.path)
  await once(server, 'listening')
  await socket.protect()
}
/** What a process of another account is told when it connects. */
async function connectAs({ uid, gid }: { uid: number; gid: number }, path: string): Promise<string> {
  const code = `require('node:net').connect(${JSON.stringify(path)}).on('connect', function () { console.log('connected'); this.destroy() }).on('error', (error) => console.log(error.code))`
  const child = spawn('node', ['-e', code], { uid, gid, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.on('data', (chunk) => (said += String(chunk)))
  await once(child, 'close')
  return said.trim()
}
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('the socket is in the data folder, for its owner alone', async () => {
  const socket = await open()
  await serve(socket)
  expect(socket.path).toBe(join(folder, 'control', 'api.sock'))
  expect([await modeOf(dirname(socket.path)), await modeOf(socket.path)]).toEqual(['700', '600'])
  expect(socket.warning).toBeNull()
})

test.skipIf(!isRoot)('only the gateway’s account can connect besides, and no other', async () => {
  const socket = await open()
  await serve(socket)
  expect(await connectAs(worker, socket.path)).toBe('EACCES')
  await socket.admit(worker)
  expect(await connectAs(worker, socket.path)).toBe('connected')
  expect(await connectAs(other, socket.path)).toBe('EACCES')
  expect(socket).toMatchObject({ warning: null, admitted: worker })
})

test.skipIf(!isRoot)(
  'the gateway’s account can connect to a socket that is made after it was admitted',
  async () => {
    const socket = await open()
    await socket.admit(worker)
    await serve(socket)
    expect([await connectAs(worker, socket.path), await connectAs(other, socket.path)]).toEqual([
      'connected',
      'EACCES',
    ])
  },
)

test('a file that a killed control plane left is removed', async () => {
  const first = await open()
  await writeFile(first.path, '')
  await serve(await open())
})

test.each([
  ['too long for a socket', 'x'.repeat(100)],
  ['not to be written into nginx’s configuration', '展示 1'],
])('if the path of the data folder is %s, the socket is elsewhere', async (_name, name) => {
  const root = join(folder, name)
  await mkdir(root)
  const socket = await open(root)
  expect(socket.path.startsWith(folder)).toBe(false)
  await serve(socket)
  expect(await modeOf(dirname(socket.path))).toBe('700')
  expect((await open(root)).path).toBe(socket.path)
})

test('if the data folder is closed to the gateway’s account, the socket is elsewhere', async () => {
  const root = join(folder, 'closed')
  await mkdir(root, { mode: 0o700 })
  expect((await open(root)).path.startsWith(folder)).toBe(false)
  expect((await open(root, false)).path.startsWith(root)).toBe(true)
})

test('a folder of somebody else in its place is refused', async () => {
  await symlink('/tmp', join(folder, 'control'))
  await expect(openApiSocket(dataPaths(folder), false)).rejects.toThrow('belongs to somebody else')
})
