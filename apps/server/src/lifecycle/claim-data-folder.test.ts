import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { identify, type ProcessIdentity } from '../lib/procfs/process-identity.ts'
import { claimDataFolder } from './claim-data-folder.ts'

let run: string
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'vitrine-claim-'))
})
afterEach(() => rm(run, { recursive: true, force: true }))

const claim = () => claimDataFolder({ root: '/data', run })
const noted = async (): Promise<unknown> =>
  JSON.parse(await readFile(join(run, 'control-plane.json'), 'utf8'))
const note = (identity: ProcessIdentity | null) =>
  writeFile(join(run, 'control-plane.json'), JSON.stringify(identity))

test('records this process by pid and start time', async () => {
  await claim()
  expect(await noted()).toEqual(await identify(process.pid))
})

test('is refused with the pid if another control plane is alive', async () => {
  await note(await identify(process.ppid))
  await expect(claim()).rejects.toThrow(`process ${process.ppid}`)
})

test('takes over if the recorded pid now belongs to another process', async () => {
  await note({ pid: process.ppid, startTime: '1' })
  await claim()
  expect(await noted()).toEqual(await identify(process.pid))
})
