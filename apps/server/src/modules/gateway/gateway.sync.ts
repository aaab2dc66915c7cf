import { withoutLeftOut, type GatewayRoute, type TcpEndpoint } from '@vitrine/contract'
import { isDeepStrictEqual } from 'node:util'
import type { Gateway } from '../../adapters/gateway/gateway.ts'
import type { RouteProblem } from '../../adapters/gateway/route-problems.ts'
import { coalesce } from '../../lib/coalesce.ts'
import { isSameTable, withRoutes, withSameObjects, type Table } from './gateway.wanted.ts'

/** A front port that the gateway does not open, and why. */
export type FrontProblem = Pick<RouteProblem, 'cause' | 'holder'> & TcpEndpoint

/** Keeps the gateway's table up to date. */
export type GatewaySync = {
  /**
   * Resolves when the gateway routes requests by the state at the time of the call, of these services or of all. A route
   * that it cannot serve is left out. Rejects only if there is no table to send, or the gateway refuses the whole table or does
   * not answer. It is then repeated until it succeeds.
   */
  sync: (serviceIds?: readonly string[]) => Promise<void>
  /** Why a service's front port is closed, or null. Requests by path still work. */
  frontProblem: (serviceId: string) => FrontProblem | null
  /** Whether the gateway cannot serve a service at all and has left it out. */
  isLeftOut: (serviceId: string) => boolean
}

/** The same, with what an administrator of the gateway needs. */
export type GatewayTables = GatewaySync & {
  /**
   * Like `sync`, but applies the table even if it is unchanged, and tries again what was left out. Resolves with how many routes
   * it has.
   */
  reapply: () => Promise<number>
  /** The table as it should be now. */
  render: () => Promise<Table>
  /** The routes of these services as they should be now. */
  routesOf: (serviceIds: readonly string[]) => Promise<GatewayRoute[]>
  /** Stops repeating updates that failed, and checking whether front ports have become free. */
  close: () => void
}

/**
 * How long to rest after an update, as a multiple of its duration. Changes that follow each other closely, as
 * in work on many services, are then applied together.
 */
const restBetween = 1
/** How often closed front ports are checked, in milliseconds. If none is closed, nothing is checked. */
const checkEveryMs = 1_000
/** The longest time before an update that failed is repeated, in milliseconds. The first time is `checkEveryMs`. */
const longestWaitMs = 30_000
/**
 * How long after an update of some services all are looked at, in milliseconds: so what nobody has named, such as a change in the
 * database by hand, is followed all the same.
 */
const allAfterMs = 60_000
/** If more services than these may have changed, all are read. */
const mostNamed = 500

type Deps = {
  gateway: Gateway
  render: () => Promise<Table>
  routesOf: (serviceIds: readonly string[]) => Promise<GatewayRoute[]>
  /** Whether this process could listen on an address now. */
  isFree: (host: string, port: number) => Promise<boolean>
  /** Gets the services concerned whenever the set of routes changes that are left out, in whole or in part. */
  onProblems: (serviceIds: readonly string[]) => void
  /** Gets everything that was left out since the last table, for the log. */
  onLeftOut: (problems: readonly RouteProblem[]) => void
  /** Gets why an update failed that no caller waits for. */
  onError: (error: unknown) => void
}

/** What the gateway has left out, with the route as it was. */
type Problem = RouteProblem & { route: GatewayRoute }
type Problems = ReadonlyMap<string, Problem>

/** A front port that is opened automatically when its port is free or its address is back. */
const waitsForPort = ({ part, cause, route }: Problem): TcpEndpoint | null =>
  part === 'front' && cause !== 'unusable' ? route.front : null

/**
 * Whether what was left out need not be tried again: the port is still in use, or it is a fault of the
 * route, and the route has not changed.
 */
async function isStillOut(isFree: Deps['isFree'], problem: Problem, now: GatewayRoute): Promise<boolean> {
  if (problem.part === 'route') return isDeepStrictEqual(problem.route, now)
  if (now.front === null || !isDeepStrictEqual(problem.route.front, now.front)) return false
  return waitsForPort(problem) === null || !(await isFree(now.front.host, now.front.port))
}

async function stillOut(isFree: Deps['isFree'], table: Table, known: Problems): Promise<Problems> {
  const out = new Map<string, Problem>()
  for (const route of table.routes) {
    const problem = known.get(route.service_id)
    if (problem && (await isStillOut(isFree, problem, route))) out.set(route.service_id, problem)
  }
  return out
}

const hasSameKeys = (one: Problems, other: Problems): boolean =>
  one.size === other.size && [...one.keys()].every((id) => other.has(id))

const frontsOf = (table: Table, problems: Problems): ReadonlyMap<string, TcpEndpoint> =>
  new Map(
    table.routes.flatMap(({ service_id: id, front }) => (front && !problems.has(id) ? [[id, front]] : [])),
  )

/**
 * Applies one table at a time. Calls during an update share the next one, which sees everything that happened
 * before it. An unchanged table is not applied. A route that the gateway cannot serve concerns its own service
 * alone: it is left out until it changes. If only its front port cannot be opened, the rest is served, and the
 * port is opened as soon as it is free. An update that fails is repeated, because the
 * next change, which would also cause an update, may come only hours later.
 */
export function createGatewaySync(deps: Deps): GatewayTables {
  // Greater than any revision of an earlier control plane, so that a gateway that is still running accepts
  // this table.
  let revision = Date.now()
  /** What the gateway has applied, and what it was given without. Null if that is not known. */
  let applied: { table: Table; out: Problems } | null = null
  /** The last table that was made. */
  let latest: Table | null = null
  /** The services that may have changed since. */
  let named: Set<string> | 'all' = 'all'
  let isForced = false
  let isClosed = false
  /** How many updates in a row have failed. */
  let failures = 0
  let problems: Problems = new Map()
  /** The problems that were reported last. */
  let told: Problems = new Map()
  /** The front ports that the gateway has open. */
  let open: ReadonlyMap<string, TcpEndpoint> = new Map()
  let timer: NodeJS.Timeout | null = null
  let allTimer: NodeJS.Timeout | null = null

  async function applyWithout(table: Table, out: Problems): Promise<Problems> {
    revision += 1
    const leftOut = await deps.gateway.apply({ ...withoutLeftOut(table, [...out.values()]), revision })
    const found = leftOut.flatMap((problem): [string, Problem][] => {
      const route = table.routes.find((one) => one.service_id === problem.service_id)
      return route ? [[problem.service_id, { ...problem, route }]] : []
    })
    return new Map([...out, ...found])
  }

  /** Whether the gateway itself held the port, on the former address of the service. It has closed it by now. */
  const isOwn = (problem: Problem) => {
    const wanted = waitsForPort(problem)
    const before = open.get(problem.service_id)
    return wanted?.port === before?.port && wanted?.host !== before?.host
  }

  function tell(): void {
    const before = told
    told = problems
    const isNew = (id: string) => !isDeepStrictEqual(before.get(id), problems.get(id))
    const changed = [...new Set([...before.keys(), ...problems.keys()])].filter(isNew)
    if (changed.length === 0) return
    const found = changed.flatMap((id) => problems.get(id) ?? [])
    if (found.length > 0) deps.onLeftOut(found.map(({ route: _route, ...problem }) => problem))
    deps.onProblems(changed)
  }

  /** The table as it should be now. Only the routes of these services are made anew. */
  async function tableNow(ids: ReadonlySet<string> | 'all', forced: boolean): Promise<Table> {
    if (latest === null || forced) return deps.render()
    if (ids === 'all' || ids.size > mostNamed) return withSameObjects(latest, await deps.render())
    return withRoutes(latest, ids, await deps.routesOf([...ids]))
  }

  async function update(ids: ReadonlySet<string> | 'all', forced: boolean): Promise<void> {
    if (forced) applied = null
    const table = await tableNow(ids, forced)
    latest = table
    const out = await stillOut(deps.isFree, table, forced ? new Map() : problems)
    const isApplied = applied !== null && isSameTable(applied.table, table) && hasSameKeys(applied.out, out)
    if (isApplied) return
    // Until the gateway has answered, it may have the former table or this one.
    applied = null
    problems = await applyWithout(table, out)
    if ([...problems.values()].some(isOwn))
      problems = await applyWithout(table, new Map([...problems].filter(([, problem]) => !isOwn(problem))))
    applied = { table, out: problems }
    open = frontsOf(table, problems)
    tell()
  }

  const round = coalesce(async () => {
    // What comes during this update is for the next one.
    const [ids, forced] = [named, isForced]
    named = new Set()
    isForced = false
    try {
      await update(ids, forced)
    } catch (error) {
      isForced ||= forced
      named = 'all'
      failures += 1
      lookLater()
      throw error
    }
    if (failures > 0) stopLooking()
    failures = 0
    if ([...problems.values()].some(waitsForPort)) lookLater()
    if (ids !== 'all') lookAtAllLater()
  }, restBetween)

  function sync(serviceIds?: readonly string[]): Promise<void> {
    if (serviceIds === undefined) named = 'all'
    else if (named !== 'all') for (const id of serviceIds) named.add(id)
    return round()
  }

  function lookAtAllLater(): void {
    if (isClosed) return
    allTimer ??= setTimeout(() => {
      allTimer = null
      sync().catch(deps.onError)
    }, allAfterMs).unref()
  }

  /** Repeats an update that failed. Else checks only the closed ports, so that a table is made only when one is free. */
  async function look(): Promise<void> {
    if (failures > 0) return sync()
    const waiting = [...problems.values()].flatMap((problem) => waitsForPort(problem) ?? [])
    for (const { host, port } of waiting) if (await deps.isFree(host, port)) return sync([])
    if (waiting.length > 0) lookLater()
  }
  function lookLater(): void {
    if (isClosed || timer) return
    const waitMs = Math.min(checkEveryMs * 2 ** Math.max(0, failures - 1), longestWaitMs)
    timer = setTimeout(() => {
      timer = null
      look().catch((error: unknown) => {
        deps.onError(error)
        lookLater()
      })
    }, waitMs)
    timer.unref()
  }
  function stopLooking(): void {
    if (timer) clearTimeout(timer)
    timer = null
  }

  return {
    sync,
    reapply: async () => {
      isForced = true
      await sync()
      return latest?.routes.length ?? 0
    },
    render: deps.render,
    routesOf: deps.routesOf,
    frontProblem: (serviceId) => {
      const problem = problems.get(serviceId)
      const front = problem?.route.front
      return problem?.part === 'front' && front
        ? { ...front, cause: problem.cause, holder: problem.holder }
        : null
    },
    isLeftOut: (serviceId) => problems.get(serviceId)?.part === 'route',
    close: () => {
      isClosed = true
      stopLooking()
      if (allTimer) clearTimeout(allTimer)
    },
  }
}
