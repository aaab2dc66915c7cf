import type { GatewayRoute, GatewayTable } from '@vitrine/contract'
import type { Gateway } from '../../adapters/gateway/gateway.ts'
import { AppError } from '../../lib/errors.ts'
import { shareNext } from '../../lib/share-next.ts'
import { wordsOfError, type Words } from '../../lib/words.ts'

type Table = Omit<GatewayTable, 'revision'>

/** Keeps the gateway's table what it should be. */
export type GatewaySync = {
  /** Resolves once requests follow what is true at the moment of the call; rejects where the gateway refuses the table. */
  sync: () => Promise<void>
  /** Why a service's front port could not be opened, or null. Its path works all the same. */
  frontProblem: (serviceId: string) => Words | null
}

const frontAddress = (route: GatewayRoute) => route.front && `${route.front.host}:${route.front.port}`

/** The same with what an administrator of the gateway needs. */
export type GatewayTables = GatewaySync & {
  /** As `sync`, also where the table says nothing new. */
  anew: () => Promise<void>
  /** The table as it should be. */
  render: () => Promise<Table>
}

/** Changes that come one after the other, as in work on many services, are applied together: half of the time none is being applied. */
const restBetween = 1

/** The route whose front port the gateway could not open, if that is why it refused a table. */
function refusedRoute(table: Table, error: unknown): GatewayRoute | null {
  const address = error instanceof AppError && error.code === 'gateway.refused' ? error.details.address : null
  return (address && table.routes.find((route) => frontAddress(route) === address)) || null
}

/**
 * Applies tables one at a time; calls that come while one is applied share the next, which sees all that happened before it.
 * A table that says nothing new is not applied. A front port that a stranger holds costs its own service that port, and no
 * other service anything.
 */
export function createGatewaySync(deps: { gateway: Gateway; render: () => Promise<Table> }): GatewayTables {
  // Later than any revision of an earlier control plane, so that a gateway that outlived it takes ours.
  let revision = Date.now()
  let applied = ''
  let isAnew = false
  let problems = new Map<string, Words>()

  async function applyWithout(table: Table, refused: Map<string, Words>): Promise<void> {
    const routes = table.routes.map((route) =>
      refused.has(route.service_id) ? { ...route, front: null } : route,
    )
    revision += 1
    try {
      await deps.gateway.apply({ ...table, routes, revision })
    } catch (error) {
      const route = refusedRoute({ ...table, routes }, error)
      if (!route || !(error instanceof AppError)) throw error
      await applyWithout(table, new Map(refused).set(route.service_id, wordsOfError(error)))
      return
    }
    problems = refused
  }

  const sync = shareNext(async () => {
    if (isAnew) applied = ''
    isAnew = false
    const table = await deps.render()
    const text = JSON.stringify(table)
    if (text === applied && problems.size === 0) return
    await applyWithout(table, new Map())
    applied = text
  }, restBetween)

  return {
    sync,
    anew: () => {
      isAnew = true
      return sync()
    },
    render: deps.render,
    frontProblem: (serviceId) => problems.get(serviceId) ?? null,
  }
}
