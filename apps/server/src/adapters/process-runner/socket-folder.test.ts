import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeOtherSockets, socketFolder } from './socket-folder.ts'

const longId = `${'x'.repeat(63)}-r12345-678`

test('a socket has the name of its process, and a short one if the path would be too long for the kernel', () => {
  expect(socketFolder('/data/sockets').pathFor('demo-r1-2')).toBe('/data/sockets/demo-r1-2.sock')
  const folder = socketFolder(`/data/${'y'.repeat(60)}`)
  expect(folder.pathFor(longId)).toMatch(/^\/data\/y{60}\/[0-9a-f]{16}\.sock$/)
  expect(folder.pathFor(longId)).not.toBe(folder.pathFor(`${longId}9`))
})

test('what no process has is removed, and the sockets of the others stay', async () => {
  const path = await mkdtemp(join(tmpdir(), 'vsf-'))
  try {
    const folder = socketFolder(path)
    const names = ['demo-r1-1.sock', 'demo-r1-2.sock', 'demo-r1-2.sock~']
    for (const name of names) await writeFile(join(path, name), '')
    await removeOtherSockets(folder, ['demo-r1-1'])
    expect(await readdir(path)).toEqual(['demo-r1-1.sock'])
  } finally {
    await rm(path, { recursive: true })
  }
})
