import {
  accountText,
  fact,
  gap,
  isOfAlgorithms,
  openTo,
  withGaps,
  type DecideWall,
  type WallPart,
} from './walls.parts.ts'
import type { WallReadings } from './walls.readings.ts'

/** Whether a mistake in the platform's own programs is at once a mistake of root. */
export const controlPlane: DecideWall = ({ own, supervisord, rootKept }) => {
  const facts = [
    fact('runs_as', { process: 'control_plane', account: accountText(own) }),
    ...(supervisord === null
      ? []
      : [fact('runs_as', { process: 'supervisord', account: accountText(supervisord) })]),
  ]
  const supervisorGaps = supervisord?.uid === 0 ? [gap('supervisord_root')] : []
  if (own.uid !== 0) return withGaps(facts, supervisorGaps)
  const why = rootKept ? [gap('root_kept', rootKept)] : []
  return { state: 'missing', facts, gaps: [gap('control_plane_root'), ...why, ...supervisorGaps] }
}

/** Accounts that other programs of a machine use as well. */
const usedByOthers: ReadonlySet<string | null> = new Set(['nobody', 'postgres'])

/** A process that has the account of the algorithms is apart from them only by their sandbox, if they have one. */
const sharedAccount = ({ sandbox }: WallReadings, account: string, facts: WallPart['facts']): WallPart => ({
  state: sandbox.state === 'on' ? 'in_part' : 'missing',
  facts,
  gaps: [gap('same_account', { account })],
})

/** Whether algorithms and other programs are kept from the database's files by its account. */
export const database: DecideWall = (readings) => {
  const found = readings.database
  if (found.kind === 'external')
    return withGaps(
      [fact('database_external', { host: found.host })],
      found.isSuperuser ? [gap('database_superuser', { role: found.role })] : [],
    )
  const { account } = found
  if (account === null) return { state: 'unknown', facts: [], gaps: [] }
  const text = accountText(account)
  const facts = [fact('runs_as', { process: 'database', account: text })]
  if (isOfAlgorithms(readings, account)) return sharedAccount(readings, text, facts)
  return withGaps(
    facts,
    usedByOthers.has(account.name) ? [gap('database_account_shared', { account: text })] : [],
  )
}

/** Whether what answers strangers has few rights, and whether only it can speak for them to the control plane. */
export const gateway: DecideWall = (readings) => {
  const { kind, account, group, isOpenToAll } = readings.gateway
  const text = account && accountText(account)
  const facts = [
    fact('gateway_kind', { kind }),
    ...(text === null ? [] : [fact('runs_as', { process: 'gateway', account: text })]),
    ...(group === null || isOpenToAll ? [] : [fact('socket_for_group', { group })]),
  ]
  const gaps = isOpenToAll ? [gap('socket_open', openTo(readings.gateway, readings.own))] : []
  if (account?.uid === 0) return { state: 'missing', facts, gaps: [gap('gateway_root'), ...gaps] }
  if (account !== null && text !== null && isOfAlgorithms(readings, account)) {
    const shared = sharedAccount(readings, text, facts)
    return { ...shared, gaps: [...shared.gaps, ...gaps] }
  }
  return account === null && gaps.length === 0 ? { state: 'unknown', facts, gaps } : withGaps(facts, gaps)
}

const isLocal = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/i.test(host)

/** Whether what people send is encrypted, and whether the platform knows who they are behind a proxy. */
export const transport: DecideWall = ({ transport: { publicUrl, proxies, host } }) => {
  const behind = proxies.length === 0 ? [] : [fact('trusted_proxies', { proxies: proxies.join(', ') })]
  // The platform itself speaks only HTTP: what it listens on for the network is open beside the address with HTTPS, too.
  const open = isLocal(host) ? [] : [gap('open_without_https', { host })]
  if (publicUrl?.startsWith('https:'))
    return withGaps(
      [fact('https', { url: publicUrl }), ...behind],
      [...open, ...(proxies.length === 0 ? [gap('no_trusted_proxies')] : [])],
    )
  return open.length === 0
    ? withGaps(behind, [gap('local_without_https', { host })])
    : { state: 'missing', facts: behind, gaps: open }
}

/** Whether what one person may take is bounded. */
export const quotas: DecideWall = ({ quotas: all }) => {
  const set = all.filter(({ isDefault }) => !isDefault)
  const settings = set.map(({ setting, value }) => `${setting}=${value}`).join(', ')
  return withGaps(
    [set.length === 0 ? fact('quotas_default') : fact('quotas_set', { settings })],
    all
      .filter(({ isAtMost }) => isAtMost)
      .map(({ setting, value }) => gap('quota_at_most', { setting, value })),
  )
}
