import { readFile } from 'node:fs/promises'
import { ifThere } from '../../lib/if-there.ts'
import { readStatus } from '../../lib/procfs/process-status.ts'
import { readProcessTable } from '../../lib/procfs/process-table.ts'
import { accountNames, groupName } from '../../lib/system-user.ts'
import type { PlatformProcess } from './host-monitor.ts'
import type { NamedAccount, NamespaceSettings, WallReadings } from './walls.readings.ts'

async function numberIn(path: string): Promise<number | null> {
  const text = await ifThere(readFile(path, 'utf8'))
  return text === null ? null : Number(text)
}

/** Reads the settings of the kernel that decide who may create user namespaces (`man 7 user_namespaces`). */
export async function readNamespaceSettings(): Promise<NamespaceSettings> {
  const [most, forAll, restricts] = await Promise.all([
    numberIn('/proc/sys/user/max_user_namespaces'),
    numberIn('/proc/sys/kernel/unprivileged_userns_clone'),
    numberIn('/proc/sys/kernel/apparmor_restrict_unprivileged_userns'),
  ])
  return {
    most,
    forAll: forAll === null ? null : forAll !== 0,
    appArmorRestricts: restricts === null ? null : restricts !== 0,
  }
}

/** The accounts of the platform's processes, as the kernel shows them. Null for one that is not running here. */
export type PlatformAccounts = Record<'supervisord' | 'database' | 'gateway', NamedAccount | null> & {
  own: NamedAccount
}

/**
 * Reads the accounts of the platform's processes. The gateway's account is that of nginx's workers, if nginx has any.
 * `platformNumber` is the number that is called 0 if root has put this process in a user namespace.
 */
export async function readPlatformAccounts(
  processes: readonly PlatformProcess[],
  platformNumber: number | null,
): Promise<PlatformAccounts> {
  const [names, table] = await Promise.all([accountNames(), readProcessTable()])
  const named = (number: number): NamedAccount => {
    const uid = number === 0 ? (platformNumber ?? 0) : number
    return { uid, name: names.get(uid) ?? null }
  }
  const accountOf = (pid: number | undefined): NamedAccount | null => {
    const status = pid === undefined ? null : readStatus(pid)
    return status && named(status.account.uid)
  }
  const pidOf = (name: PlatformProcess['name']) => processes.find((one) => one.name === name)?.pid
  const gateway = pidOf('gateway')
  const [worker] = [...table].flatMap(([pid, { parent }]) => (parent === gateway ? [pid] : []))
  return {
    own: named(process.geteuid?.() ?? -1),
    supervisord: accountOf(pidOf('supervisord')),
    database: accountOf(pidOf('database')),
    gateway: accountOf(worker ?? gateway),
  }
}

/** What is known about the gateway in addition to its account. */
export type GatewayAccess = {
  kind: WallReadings['gateway']['kind']
  /** The second account that may open the control plane's socket. */
  admitted: { uid: number; gid: number } | null
  isOpenToAll: boolean
}

/**
 * Reads who answers requests and who may connect to the control plane. The system's nginx is no process of ours; its
 * account is the one that was admitted.
 */
export async function readGateway(
  { kind, admitted, isOpenToAll }: GatewayAccess,
  account: NamedAccount | null,
): Promise<WallReadings['gateway']> {
  const names = await accountNames()
  const ofAdmitted = kind === 'nginx' &&
    admitted && { uid: admitted.uid, name: names.get(admitted.uid) ?? null }
  return {
    kind,
    account: account ?? (ofAdmitted || null),
    group: admitted && (await groupName(admitted.gid)),
    isOpenToAll,
  }
}
