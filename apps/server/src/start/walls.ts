import { availableParallelism } from 'node:os'
import { sql } from 'drizzle-orm'
import { z } from 'zod'
import { setprivFile, type EnforcementHere } from '../adapters/process-runner/resource-limits/machine.ts'
import type { Database } from '../adapters/database/database.ts'
import { systemClock } from '../lib/clock.ts'
import { findProgram } from '../lib/find-program.ts'
import { runCommand } from '../lib/run-command.ts'
import { readPlatformNumber } from '../lib/user-namespace.ts'
import type { WallsDeps } from '../modules/host/walls.usecases.ts'
import type { InstanceMonitor } from '../modules/instances/instance-monitor.ts'
import type { Ceilings } from '../modules/quotas/instance-limits.ts'
import { quotasSet } from '../modules/quotas/quotas.ts'
import type { ServicesRepository } from '../modules/services/services.repository.ts'
import type { BuildNetworkHere } from './build-network.ts'
import { platformProcesses } from './host.ts'
import type { ModulesInput } from './modules-input.ts'

const versionTimeoutMs = 5_000

/** Asks bubblewrap for its version. Null if it is not there or does not answer. */
async function askVersion(path: string): Promise<string | null> {
  const file = await findProgram('bwrap', path)
  if (file === null) return null
  const command = { file, args: ['--version'], cwd: '/', env: {} }
  const { stdout } = await runCommand(command, { timeoutMs: versionTimeoutMs })
  return /^bubblewrap (\S+)/.exec(stdout[0] ?? '')?.[1] ?? null
}

const ownRole = z.tuple([z.object({ role: z.string(), is_superuser: z.boolean() })])

/** The database of a URL, and whether the platform's role may do everything there. */
async function externalDatabase(db: Database, url: string) {
  const { rows } = await db.execute(
    sql`select rolname as role, rolsuper as is_superuser from pg_roles where rolname = current_user`,
  )
  const [{ role, is_superuser: isSuperuser }] = ownRole.parse(rows)
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return { kind: 'external' as const, host, role, isSuperuser }
}

/** Wires the description of the walls. What this start decided is stated once, everything else is read each time. */
export function wireWalls(
  { settings, drivers, commandEnv, paths, accountBlock, accountProblem, rootKept, apiSocket }: ModulesInput,
  parts: {
    services: ServicesRepository
    monitor: InstanceMonitor
    held: EnforcementHere
    ceilings: Ceilings
    allowUrls: () => boolean
    buildNetwork: BuildNetworkHere
  },
): WallsDeps {
  const { services, monitor, held, ceilings, allowUrls, buildNetwork } = parts
  const { status } = drivers.sandbox
  let version: Promise<string | null> | null = null
  return {
    services,
    monitor,
    processes: () => platformProcesses(paths),
    platformNumber: async () => (settings.VITRINE_ROOT === 'drop' ? readPlatformNumber() : null),
    clock: systemClock,
    startedAt: new Date(systemClock().getTime() - process.uptime() * 1_000),
    start: {
      accounts: { block: accountBlock, problem: accountProblem },
      rootKept,
      sandbox: status,
      limits: {
        enforcement: held.enforcement,
        groups: held.hierarchies,
        missingProgram: held.canDropRoot ? null : setprivFile,
        cores: availableParallelism(),
        ...ceilings,
      },
      networkCeiling: settings.VITRINE_CEILING_NETWORK,
      get allowUrls() {
        return allowUrls()
      },
      transport: {
        publicUrl: settings.VITRINE_PUBLIC_URL ?? null,
        proxies: settings.VITRINE_TRUSTED_PROXIES ?? [],
        host: settings.VITRINE_HOST,
      },
      quotas: quotasSet(settings),
    },
    // It is the same until the next start, and only this page needs it.
    bubblewrapVersion: () =>
      (version ??= status.state === 'off' ? Promise.resolve(null) : askVersion(commandEnv.PATH ?? '')),
    builds: async () => ({ policy: buildNetwork.policy, hosts: await buildNetwork.hosts() }),
    externalDatabase: async () =>
      settings.DATABASE_URL ? externalDatabase(drivers.db, settings.DATABASE_URL) : null,
    gateway: () => ({
      kind: drivers.gateway.kind,
      admitted: apiSocket.admitted,
      isOpenToAll: apiSocket.warning !== null,
    }),
  }
}
