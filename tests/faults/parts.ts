import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { identify } from '../../apps/server/src/lib/procfs/process-identity.ts'
import { instanceProcesses } from '../support/platform-processes.ts'
import type { TestPlatform } from '../support/platform.ts'
import { signalIfAlive } from '../support/signals.ts'

/** A part of a platform that can be killed. */
export type Part = 'control plane' | 'gateway' | 'supervisord' | 'database' | 'new instance'

const record = z.object({ pid: z.number().int() })

async function recordedPid(platform: TestPlatform, name: string): Promise<number | null> {
  const text = await readFile(join(platform.dataFolder, 'run', name), 'utf8').catch(() => null)
  return text === null ? null : record.parse(JSON.parse(text)).pid
}

async function databasePid(platform: TestPlatform): Promise<number | null> {
  const text = await readFile(join(platform.dataFolder, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return pid > 0 ? pid : null
}

const kill = (pid: number | null): boolean => pid !== null && signalIfAlive(pid, 'SIGKILL')

/**
 * Whether the gateway's main process is alive. After it is killed, its workers keep answering until another
 * main process takes over.
 */
export async function gatewayLives(platform: TestPlatform): Promise<boolean> {
  const pid = await recordedPid(platform, 'gateway.json')
  return pid !== null && (await identify(pid)) !== null
}

/**
 * Kills one part with `kill -9`. Resolves with whether there was something to kill. `newInstance` is the
 * instance of the running deploy. The caller starts a killed control plane again.
 */
export async function killPart(platform: TestPlatform, part: Part, newInstance: string): Promise<boolean> {
  if (part === 'gateway') return kill(await recordedPid(platform, 'gateway.json'))
  if (part === 'supervisord') return kill(await recordedPid(platform, 'supervisord.json'))
  if (part === 'database') return kill(await databasePid(platform))
  if (part === 'new instance') {
    const processes = await instanceProcesses(platform.dataFolder, newInstance)
    return processes.map(({ pid }) => kill(pid)).some(Boolean)
  }
  await platform.end('SIGKILL')
  return true
}
