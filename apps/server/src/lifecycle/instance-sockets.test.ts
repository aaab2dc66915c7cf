import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dataPaths } from '../lib/paths.ts'
import { openInstanceSockets } from './instance-sockets.ts'

const isRoot = process.getuid?.() === 0
const worker = { uid: 33, gid: 33 }

let folder: string
const elsewhere: string[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vis-'))
  await chmod(folder, 0o711)
})
afterEach(async () => {
  for (const path of [folder, ...elsewhere.splice(0)]) await rm(path, { recursive: true, force: true })
})

const open = (root = folder) => openInstanceSockets(dataPaths(root), true)
const shown = async (path: string) => {
  const { mode, gid } = await stat(path)
  return [(mode & 0o777).toString(8), gid]
}

test('the folder is in the data folder, and closed to everybody else', async () => {
  const sockets = await open()
  expect(sockets.path).toBe(join(folder, 'sockets'))
  expect((await shown(sockets.path))[0]).toBe('700')
})

test.skipIf(!isRoot)(
  'the gateway’s account may pass, also while the next control plane starts, whose instances are there already',
  async () => {
    const sockets = await open()
    await sockets.admit(worker)
    await writeFile(sockets.pathFor('demo-r1-1'), '')
    const again = await open()
    expect(await shown(again.path)).toEqual(['710', worker.gid])
    expect((await stat(again.pathFor('demo-r1-1'))).isFile()).toBe(true)
  },
)

test.skipIf(!isRoot)(
  'the account of an earlier gateway may no longer pass once the gateway of this start serves without it',
  async () => {
    await (await open()).admit(worker)
    const admitted = await open()
    await admitted.admit(worker)
    await admitted.closeToOthers()
    expect(await shown(admitted.path)).toEqual(['710', worker.gid])
    const alone = await open()
    await alone.closeToOthers()
    expect(await shown(alone.path)).toEqual(['700', process.getgid?.()])
  },
)

test('if the path of the data folder is too long for sockets, the folder is elsewhere, and the same at each start', async () => {
  const root = join(folder, 'x'.repeat(80))
  await mkdir(root)
  const sockets = await open(root)
  elsewhere.push(sockets.path)
  expect(sockets.path.startsWith(folder)).toBe(false)
  expect((await open(root)).path).toBe(sockets.path)
})
