import { endpointText, type GatewayRoute } from '@vitrine/contract'
import { upstreamName, type GroupedTable } from './nginx.upstreams.ts'

/** For each instance, the names under which nginx counts its requests, the newest last. */
type UsedNames = Readonly<Record<string, readonly string[]>>

/**
 * How many of the newest names of an instance stay in any case: the present two, and some from before, under which a
 * worker may count a late request.
 */
const kept = 6

/** The names under which nginx counts the requests of an instance while it has this route. */
export const namesIn = (
  route: GatewayRoute,
  upstream: GatewayRoute['upstreams'][number],
  { hasLua, groups }: { hasLua: boolean; groups: GroupedTable['groups'] },
): string[] => {
  const address = endpointText(upstream)
  return [upstreamName(route, hasLua, groups) || address, address]
}

/** The names of these instances in a table, which are not remembered for all of thousands. */
export function namesNow(
  { table, groups }: GroupedTable,
  ids: readonly string[],
  hasLua: boolean,
): UsedNames {
  const wanted = new Set(ids)
  const found = table.routes.flatMap((route) =>
    route.upstreams.flatMap((upstream): [string, string[]][] =>
      wanted.has(upstream.instance_id)
        ? [[upstream.instance_id, namesIn(route, upstream, { hasLua, groups })]]
        : [],
    ),
  )
  return Object.fromEntries(found)
}

/** The names of an instance when these are used. */
export const withUsed = (names: readonly string[] = [], used: readonly string[]): string[] => [
  ...names.filter((name) => !used.includes(name)),
  ...new Set(used),
]

/** The requests in progress to some instances together, and the names of these without any. */
type Counted = { ids: readonly string[]; requests: number; idle: ReadonlySet<string> }

/**
 * Counts the requests in progress to these instances, each name once: without Lua, all instances of a service have
 * the name of their group.
 */
export async function countOf(
  usedNames: UsedNames,
  ids: readonly string[],
  count: (name: string) => Promise<number>,
): Promise<Counted> {
  const idle = new Set<string>()
  let requests = 0
  for (const name of new Set(ids.flatMap((id) => usedNames[id] ?? []))) {
    const counted = await count(name)
    requests += counted
    if (counted === 0) idle.add(name)
  }
  return { ids, requests, idle }
}

/**
 * Forgets older names under which nothing was in progress. A group has another name after each change of its
 * instances, so an instance that stays would get ever more of them, and all are asked about at each count.
 */
export function withoutIdle<Names extends UsedNames>(usedNames: Names, { ids, idle }: Counted): Names {
  const needed = (names: readonly string[]) =>
    names.filter((name, place) => place >= names.length - kept || !idle.has(name))
  const shorter = ids.flatMap((id) => {
    const names = usedNames[id]
    return names && names.length > kept ? [[id, needed(names)] as const] : []
  })
  return shorter.length === 0 ? usedNames : { ...usedNames, ...Object.fromEntries(shorter) }
}
