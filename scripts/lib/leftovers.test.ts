import { spawn, type ChildProcess } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { anythingLives, endLeftovers, nginxProcesses } from './leftovers.mjs'
import {
  allProcesses,
  commandOf,
  identify,
  isAlive,
  waitUntil,
  withAncestors,
  type Identity,
} from './processes.mjs'
import { patienceMs } from '../../tests/support/patience.ts'

let folder: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-left-'))
  mkdirSync(join(folder, 'run'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

function startProcess(
  script: string,
  env: Record<string, string> = {},
  uid?: number,
  cwd = tmpdir(),
): Identity {
  const child = spawn('/bin/sh', ['-c', script], {
    cwd,
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: 'ignore',
    ...(uid !== undefined && { uid, gid: uid }),
  })
  children.push(child)
  const identity = identify(child.pid ?? 0)
  if (!identity) throw new Error('the process ended at once')
  return identity
}
const note = (name: string, identity: Identity) =>
  writeFileSync(join(folder, 'run', name), JSON.stringify(identity))
const releaseOf = (data: string) => ({ VITRINE_RELEASE_FILE: join(data, 'services', 'demo', 'vitrine.json') })

describe('ending the remaining processes of a data folder', () => {
  test('finds nothing if no record names a living process', async () => {
    expect(anythingLives(folder)).toBe(false)
    expect(await endLeftovers(folder)).toEqual({ ended: [], left: [] })
  })

  test('a recorded process is asked to end, and killed if it does not', async () => {
    const polite = startProcess('exec sleep 600')
    const deaf = startProcess("trap '' TERM; while :; do sleep 600; done")
    note('supervisord.json', polite)
    note('gateway.json', deaf)
    const { ended, left } = await endLeftovers(folder, { isHurried: true })
    expect(ended).toEqual([`supervisord (${polite.pid})`, `gateway (${deaf.pid})`])
    expect(left).toEqual([])
    expect([isAlive(polite), isAlive(deaf)]).toEqual([false, false])
  })

  test('a gateway that nobody has recorded is ended by the socket that it was started with, that of another data folder is not', async () => {
    const gateway = (data: string) =>
      startProcess(
        `exec /bin/sh -c 'while :; do sleep 1; done' gateway --socket ${data}/run/gateway-0a1b2c3d.sock`,
      )
    const [ours, others] = [gateway(folder), gateway(`${folder}2`)]
    const isNamed = () => [ours, others].every((one) => commandOf(one.pid).includes('--socket'))
    expect(await waitUntil(isNamed, patienceMs)).toBe(true)
    const { ended } = await endLeftovers(folder)
    expect(ended).toEqual([`gateway (${ours.pid})`])
    expect([isAlive(ours), isAlive(others)]).toEqual([false, true])
  })

  test('a pid that now belongs to another process is left alone', async () => {
    const foreign = startProcess('exec sleep 600')
    note('gateway.json', { pid: foreign.pid, startTime: '1' })
    expect((await endLeftovers(folder)).ended).toEqual([])
    expect(isAlive(foreign)).toBe(true)
  })

  test('processes of its releases are ended with their children, those of another data folder are not', async () => {
    const ours = startProcess('env -i /bin/sleep 600 & wait', releaseOf(folder))
    const others = startProcess('exec sleep 600', releaseOf(`${folder}2`))
    expect(await waitUntil(() => childOf(ours.pid) !== null, patienceMs)).toBe(true)
    const child = childOf(ours.pid)
    const { ended } = await endLeftovers(folder)
    expect(ended).toEqual([expect.stringContaining(String(ours.pid))])
    expect([isAlive(ours), isAlive(child), isAlive(others)]).toEqual([false, false, true])
  })
})

const isRoot = process.getuid?.() === 0
describe.skipIf(!isRoot)(
  `root, on a data folder of another account${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
  () => {
    const owner = 65_533
    beforeEach(() => chownSync(folder, owner, owner))

    test('ends processes of that account and no others, whatever the records there say', async () => {
      const roots = startProcess('exec sleep 600')
      const owners = startProcess('exec sleep 600', {}, owner)
      note('supervisord.json', roots)
      note('control-plane.json', roots)
      note('start.json', roots)
      note('gateway.json', owners)
      const { ended, left } = await endLeftovers(folder, { isHurried: true })
      expect(ended).toEqual([`gateway (${owners.pid})`])
      expect(left).toEqual([])
      expect([isAlive(roots), isAlive(owners)]).toEqual([true, false])
    })

    test('does not end a process of root that has the mark of a service', async () => {
      const roots = startProcess('exec sleep 600', releaseOf(folder))
      expect((await endLeftovers(folder)).ended).toEqual([])
      expect(isAlive(roots)).toBe(true)
    })
  },
)

test('a link in place of nginx’s folder does not make every process that works there a gateway', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'vitrine-work-'))
  try {
    const foreign = startProcess('exec sleep 600', {}, undefined, elsewhere)
    mkdirSync(join(folder, 'gateway'))
    symlinkSync(elsewhere, join(folder, 'gateway', 'nginx'))
    expect(nginxProcesses(folder)).toEqual([])
    expect(isAlive(foreign)).toBe(true)
  } finally {
    rmSync(elsewhere, { recursive: true, force: true })
  }
})

const childOf = (pid: number): Identity | null => {
  const found = allProcesses().find((other) => withAncestors(other)[1] === pid)
  return found === undefined ? null : identify(found)
}
