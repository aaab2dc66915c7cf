import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppError } from '../lib/errors.ts'
import { identify, type ProcessIdentity } from '../lib/procfs/process-identity.ts'
import { patienceMs } from '../../../../tests/support/patience.ts'
import { claimDataFolder, endFormerControlPlane } from './claim-data-folder.ts'

let run: string
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'vitrine-claim-'))
})
afterEach(() => rm(run, { recursive: true, force: true }))

const claim = () => claimDataFolder({ root: '/data', run, control: run })
const noted = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(run, 'control-plane.json'), 'utf8'))
const note = (identity: ProcessIdentity | null) =>
  writeFile(join(run, 'control-plane.json'), JSON.stringify(identity))

test('records this process by pid and start time', async () => {
  await claim()
  expect(await noted()).toEqual(await identify(process.pid))
})

test('is refused with the pid and with what to do if another control plane is alive', async () => {
  await note(await identify(process.ppid))
  const refused = await claim().catch((error: unknown) => error)
  expect(refused).toMatchObject({
    code: 'data_folder.held',
    details: { data_folder: '/data', pid: process.ppid },
  })
  const told = refused instanceof AppError ? [refused.messageIn('zh'), refused.messageIn('en')] : []
  expect(told.length).toBe(2)
  for (const sentence of told) {
    expect(sentence).toContain(String(process.ppid))
    expect(sentence).toContain('npm run down')
    expect(sentence).toContain('VITRINE_DATA_DIR')
  }
})

test('takes over if the recorded pid now belongs to another process', async () => {
  await note({ pid: process.ppid, startTime: '1' })
  await claim()
  expect(await noted()).toEqual(await identify(process.pid))
})

test('is refused if a control plane answers whose pid is not known here, as from another container', async () => {
  const socket = join(run, 'api.sock')
  const server = createServer((client) => client.destroy()).listen(socket)
  await once(server, 'listening')
  const before = { pid: 1, startTime: '1' }
  await note(before)
  const refused = await claim().catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'data_folder.held', details: { data_folder: '/data', pid: null } })
  expect(await noted()).toEqual(before)
  // A socket that nobody listens on any more keeps its name, as after a kill.
  await rename(socket, join(run, 'kept'))
  server.close()
  await once(server, 'close')
  await rename(join(run, 'kept'), socket)
  await claim()
  expect(await noted()).toEqual(await identify(process.pid))
})

test('the next control plane kills a former one that does not end by itself', async () => {
  const former = spawn('sleep', ['1000'], { stdio: 'ignore' })
  await once(former, 'spawn')
  const identity = await identify(former.pid ?? 0)
  await note(identity)
  const ended = once(former, 'exit')
  expect(await endFormerControlPlane({ root: '/data', run }, { endMs: 50, killMs: patienceMs })).toBe(
    former.pid,
  )
  expect(await ended).toEqual([null, 'SIGKILL'])
  // The second time there is nothing left to end.
  expect(await endFormerControlPlane({ root: '/data', run })).toBeNull()
})

test('the next control plane leaves a process alone that has got the pid of a former one', async () => {
  await note({ pid: process.ppid, startTime: '1' })
  expect(await endFormerControlPlane({ root: '/data', run })).toBeNull()
  await claim()
})
