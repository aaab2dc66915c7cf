import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { machineClaims, type MachineClaims } from './machine-claims.ts'
import { waitFor } from './wait-for.ts'

const opened: MachineClaims[] = []
const open = () => {
  const claims = machineClaims()
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
    expect(await waitFor(() => other.claim(name), { timeoutMs: 30_000 })).toBe(true)
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

test.runIf(process.platform === 'linux')('claims end with their process, even if it is killed', async () => {
  const name = someName()
  const script = `require('node:net').createServer().listen('\\0${name}', () => console.log('claimed'))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const claims = open()
  expect(await claims.claim(name)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await waitFor(() => claims.claim(name), { timeoutMs: 30_000 })).toBe(true)
})

test('on a system without abstract sockets every claim succeeds', async () => {
  const name = someName()
  const [one, other] = [machineClaims(false), machineClaims(false)]
  expect([await one.claim(name), await other.claim(name)]).toEqual([true, true])
})
