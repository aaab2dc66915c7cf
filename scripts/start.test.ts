import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { partsOf } from './lib/leftovers.mjs'
import { userOf } from './lib/processes.mjs'
import { controlPlaneRecord, startRecord } from './lib/start-lock.mjs'
import {
  cleanUp,
  dataFolder,
  platformEnv,
  recordedPid,
  runDetached,
  runNpmStart,
  runScript,
  servants,
  untilPrinted,
} from './start.test-platform.ts'
import { freePorts } from '../tests/support/free-ports.ts'
import { signalPid } from '../tests/support/signals.ts'

let folder: string
let port: number
let env: Record<string, string>
beforeEach(async () => {
  folder = dataFolder()
  port = await freePorts(1)
  env = platformEnv(folder, port)
})
afterEach(() => cleanUp(folder))

const health = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status
const started = async (running = runScript('start.mjs', env)) => {
  await untilPrinted(running, 'Ready in')
  return running
}
/** The version of the Node that runs a process. The tests run on the Node of the platform. */
const nodeOf = (pid: number) =>
  execFileSync(readlinkSync(`/proc/${pid}/exe`), ['--version'], { encoding: 'utf8' }).trim()
const isRoot = process.getuid?.() === 0
const canDrop = isRoot && /^vitrine-db:/m.test(readFileSync('/etc/passwd', 'utf8'))
const livingParts = () => partsOf(folder).filter((part) => part.find().length > 0)

describe('npm start, before it does anything', () => {
  test('names a bad setting and exits with 78', async () => {
    rmSync(folder, { recursive: true })
    const running = runScript('start.mjs', { ...env, VITRINE_PORT: 'eight', VITRINE_RUNER: 'local' })
    expect(await running.ended).toBe(78)
    expect(running.output().trim().split('\n')).toEqual([
      'VITRINE_PORT: expected a port, 1–65535',
      'VITRINE_RUNER: there is no such setting',
    ])
    expect(existsSync(folder)).toBe(false)
  })

  test('names the process that has its port', async () => {
    const foreign = createServer().listen(port, '127.0.0.1')
    try {
      const running = runScript('start.mjs', env)
      expect(await running.ended).toBe(78)
      expect(running.output()).toContain(`VITRINE_PORT: port ${port} is taken (process ${process.pid}: `)
    } finally {
      foreign.close()
    }
  })

  test('names VITRINE_HOST if the address does not belong to this machine', async () => {
    const running = runScript('start.mjs', { ...env, VITRINE_HOST: '192.0.2.1' })
    expect(await running.ended).toBe(78)
    expect(running.output()).toContain('VITRINE_HOST: cannot listen on 192.0.2.1')
  })
})

describe('npm start', { timeout: 300_000 }, () => {
  test('serves, prints the set-up link, refuses a second start on the folder, and stops everything on Ctrl-C', async () => {
    const running = await started(runNpmStart(env))
    expect(running.output()).toMatch(new RegExp(`http://127.0.0.1:${port}/setup\\?token=\\S+`))
    expect(await health()).toBe(200)
    expect(livingParts().length).toBeGreaterThanOrEqual(4)
    expect(nodeOf(recordedPid(controlPlaneRecord(folder)))).toBe(process.version)

    const second = runScript('start.mjs', env)
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain(`an npm start that runs as process ${recordedPid(startRecord(folder))}`)

    running.child.kill('SIGINT')
    expect(await running.ended).toBe(0)
    expect(running.output()).toContain('Everything is stopped')
    expect(livingParts()).toEqual([])
    expect(existsSync(startRecord(folder))).toBe(false)
  })

  test('restarts a killed control plane while services continue, and so does a new start after it was killed itself', async () => {
    const running = await started()
    const before = servants(folder)
    signalPid(recordedPid(controlPlaneRecord(folder)), 'SIGKILL')
    await untilPrinted(running, 'The control plane is back')
    expect(await health()).toBe(200)
    expect(servants(folder)).toEqual(before)

    running.child.kill('SIGKILL')
    await running.ended
    const next = await started()
    expect(await health()).toBe(200)
    expect(servants(folder)).toEqual(before)

    next.child.kill('SIGKILL')
    await next.ended
    const down = runScript('down.mjs', env)
    expect(await down.ended).toBe(0)
    expect(down.output()).toMatch(/Stopped: gateway \(\d+\)\nStopped: PostgreSQL \(\d+\)/)
    expect(livingParts()).toEqual([])

    const again = runScript('down.mjs', env)
    expect(await again.ended).toBe(0)
    expect(again.output()).toBe(`Nothing runs on ${folder}.\n`)
  })

  test.skipIf(!isRoot)(
    `makes a data folder that the database’s account can reach, with any umask of root${isRoot ? '' : ' (skipped: the tests do not run as root)'}`,
    async () => {
      rmSync(folder, { recursive: true })
      const start = join(import.meta.dirname, 'start.mjs')
      const command = ['-c', 'umask 077; exec "$@"', 'sh', process.execPath, start]
      const running = await started(runDetached('/bin/sh', command, env))
      expect(await health()).toBe(200)
      running.child.kill('SIGINT')
      expect(await running.ended).toBe(0)
    },
  )

  test.skipIf(!canDrop)(
    `gives root up in a new folder, again after the control plane was killed, and does not take the folder as root later${canDrop ? '' : ' (skipped: not root, or there is no account vitrine-db)'}`,
    async () => {
      const running = await started()
      expect(running.output()).toContain('The control plane is not root')
      const user = () => userOf(recordedPid(controlPlaneRecord(folder)))
      const first = user()
      expect(first).toBe(statSync(folder).uid)
      expect(first).not.toBe(0)
      signalPid(recordedPid(controlPlaneRecord(folder)), 'SIGKILL')
      await untilPrinted(running, 'The control plane is back')
      expect(user()).toBe(first)
      expect(await health()).toBe(200)

      running.child.kill('SIGINT')
      expect(await running.ended).toBe(0)
      expect(livingParts()).toEqual([])

      const asRoot = runScript('start.mjs', { ...env, VITRINE_ROOT: 'keep' })
      expect(await asRoot.ended).toBe(78)
      expect(asRoot.output()).toContain('belongs to a platform that was not root')
      rmSync(folder, { recursive: true })
      // The numbers of a folder that does not exist any more are free again.
      expect(await runScript('down.mjs', env).ended).toBe(0)
    },
  )

  test('prints the last lines of the log if the control plane does not start, and leaves nothing running', async () => {
    const running = runScript('start.mjs', {
      ...env,
      DATABASE_URL: `postgresql://nobody@127.0.0.1:${port}/none`,
    })
    expect(await running.ended).toBe(1)
    expect(running.output()).toMatch(
      /The control plane did not start \(exit code 1\):\n(.*\n)*.*ECONNREFUSED/,
    )
    expect(running.output()).toContain(join(folder, 'logs', 'control-plane.log'))
    expect(livingParts()).toEqual([])
  })
})
