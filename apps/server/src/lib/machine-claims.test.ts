import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { patienceMs } from '../../../../tests/support/patience.ts'
import { machineClaims, type MachineClaims } from './machine-claims.ts'
import { waitFor } from './wait-for.ts'

const opened: MachineClaims[] = []
const open = (folder?: string) => {
  const claims = machineClaims(folder)
  opened.push(claims)
  return claims
}
afterEach(() => opened.splice(0).forEach((claims) => claims.close()))

const someName = () => `vitrine-test-${randomUUID()}`

test.runIf(process.platform === 'linux')(
  'a claimed name is refused to others until it is released; the owner may claim it again',
  async () => {
    const [one, other, name] = [open(), open(), someName()]
    expect([await one.claim(name), await one.claim(name), await other.claim(name)]).toEqual([
      true,
      true,
      false,
    ])
    one.release(name)
    expect(await waitFor(() => other.claim(name), { timeoutMs: patienceMs })).toBe(true)
    expect(await one.claim(name)).toBe(false)
  },
)

test.runIf(process.platform === 'linux')(
  'of many simultaneous claims on one name, one succeeds',
  async () => {
    const name = someName()
    const got = await Promise.all(Array.from({ length: 20 }, () => open().claim(name)))
    expect(got.filter(Boolean).length).toBe(1)
  },
)

test.runIf(process.platform === 'linux')(
  'a name that is released while it is being claimed can be claimed again at once',
  async () => {
    const [claims, name] = [open(), someName()]
    for (let round = 0; round < 20; round++) {
      const first = claims.claim(name)
      claims.release(name)
      expect([await claims.claim(name), await first, await claims.claim(name)]).toEqual([true, true, true])
      claims.release(name)
    }
  },
)

/** As root, so that a claim is also seen to be that of another account. */
const asAnother = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** A claim of another process, in a folder of its own. `kill` kills that process, and leaves the file of its socket. */
async function claimOfAnother(): Promise<{ folder: string; name: string; kill: () => Promise<void> }> {
  const [folder, name] = [await mkdtemp(join(tmpdir(), 'claims-')), someName()]
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o1777)
  const path = JSON.stringify(join(folder, name))
  const script = `require('node:net').createServer().listen(${path}, () => console.log('claimed'))`
  const child = spawn(process.execPath, ['-e', script], {
    ...asAnother,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  const claimed = once(child.stdout, 'data').then(() => null)
  // A child that ends at once has claimed nothing.
  expect(await Promise.race([claimed, ended])).toBeNull()
  return {
    folder,
    name,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

test.runIf(process.platform === 'linux')('claims end with their process, even if it is killed', async () => {
  const { folder, name, kill } = await claimOfAnother()
  const claims = open(folder)
  expect(await claims.claim(name)).toBe(false)
  await kill()
  expect(await waitFor(() => claims.claim(name), { timeoutMs: patienceMs })).toBe(true)
  // It is a new socket, so it is refused to others again.
  expect(await open(folder).claim(name)).toBe(false)
})

test.runIf(process.platform === 'linux')(
  'no abstract socket keeps the claim of a killed process, although the kernel lists it with any name',
  async () => {
    const { folder, name, kill } = await claimOfAnother()
    await kill()
    const forged = createServer().listen(`\0x ${join(folder, name)}`)
    onTestFinished(() => void forged.close())
    await once(forged, 'listening')
    expect(await open(folder).claim(name)).toBe(true)
  },
)

test.runIf(process.platform === 'linux')(
  'an abstract socket, which every service with the network of the machine can make, is no claim',
  async () => {
    const name = someName()
    const idle = createServer().listen(`\0${name}`)
    await once(idle, 'listening')
    expect(await open().claim(name)).toBe(true)
    idle.close()
  },
)

test('without a folder for claims, every claim succeeds', async () => {
  const name = someName()
  const [one, other] = [machineClaims(null), machineClaims(null)]
  expect([await one.claim(name), await other.claim(name)]).toEqual([true, true])
})
