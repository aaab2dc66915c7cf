import type { Endpoint, GatewayRoute } from '@vitrine/contract'
import { routeTexts, type Parts, type RoutesInput } from './nginx.conf.ts'
import type { HotPath } from './nginx.hot-path.ts'
import { namedFor, ownGroupName } from './nginx.upstreams.ts'

/** What a configuration follows from, while scripts, places and the groups of the table before stay. */
type Input = RoutesInput & { named: readonly Endpoint[] }

const noParts: Parts = { server: '', fast: '', slow: '', control: '', publicAnswer: '', frontAnswer: '' }

function frameOf({ table, held, beside, stalledMs, named }: Input, hot: HotPath): string {
  const { control, edge, public: main } = table
  const isEmpty = table.revision === 0
  return JSON.stringify([
    isEmpty,
    control,
    edge,
    main,
    [...held],
    [...beside],
    stalledMs,
    namedFor(named, hot),
  ])
}

const textOf = (route: GatewayRoute, input: Input, hot: HotPath): string =>
  JSON.stringify([routeTexts(route, input, { parts: noParts, hot }), ownGroupName(route, input.groups)])

/**
 * Whether two configurations have the same text. Only the routes are rendered that are other objects: the whole text of thousands
 * takes longer than the change of one may take. False also if their order differs. Pure.
 */
export function isSameText(before: Input, now: Input, hot: HotPath): boolean {
  const [had, has] = [before.table.routes, now.table.routes]
  if (had.length !== has.length || frameOf(before, hot) !== frameOf(now, hot)) return false
  return has.every((route, place) => {
    const former = had[place]
    if (former?.service_id !== route.service_id) return false
    const isSame =
      former === route && before.groups.has(route.service_id) === now.groups.has(route.service_id)
    return isSame || textOf(former, before, hot) === textOf(route, now, hot)
  })
}
