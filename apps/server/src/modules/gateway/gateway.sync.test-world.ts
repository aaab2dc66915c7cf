import { plainEdge, type GatewayRoute, type GatewayTable } from '@vitrine/contract'
import { routeTo as stoppedRoute } from '../../../../../packages/contract/src/gateway.test-setup.ts'
import type { Gateway } from '../../adapters/gateway/gateway.ts'
import type { RouteProblem } from '../../adapters/gateway/route-problems.ts'
import { createGatewaySync, type GatewayTables } from './gateway.sync.ts'

/** A table without routes. */
export const empty: Omit<GatewayTable, 'revision'> = {
  version: 1,
  public: { host: '127.0.0.1', port: 8000 },
  edge: plainEdge,
  control: null,
  wake: null,
  jwt: { issuer: 'vitrine', public_key: {} },
  routes: [],
}

/** A route of a service that is stopped, with this front port. */
export const routeTo = (id: string, port: number): GatewayRoute =>
  stoppedRoute(id, { front: { host: '127.0.0.1', port } })

const opened: GatewayTables[] = []

/** Must be called after each test. */
export function closeAll(): void {
  for (const one of opened.splice(0)) one.close()
}

type Deps = Parameters<typeof createGatewaySync>[0]

/** Keeps the table of a test gateway up to date. `held` are the front ports that other programs use. */
export function syncOf(
  deps: Pick<Deps, 'gateway' | 'render'> & Partial<Pick<Deps, 'onError' | 'routesOf'>>,
  held: ReadonlySet<number> = new Set(),
) {
  const told: string[][] = []
  const logged: string[] = []
  const tables = createGatewaySync({
    isFree: async (_host, port) => !held.has(port),
    routesOf: async (ids) => (await deps.render()).routes.filter(({ service_id: id }) => ids.includes(id)),
    onProblems: (ids) => void told.push([...ids]),
    onLeftOut: (problems) =>
      void logged.push(...problems.map(({ service_id, part }) => `${service_id} ${part}`)),
    onError: (error) => {
      throw error
    },
    ...deps,
  })
  opened.push(tables)
  return { ...tables, told, logged }
}

/** A gateway that records the port of the control plane in each table that it has applied. */
export function recorder(apply: (table: GatewayTable) => Promise<RouteProblem[]> = async () => []) {
  const applied: number[] = []
  const gateway: Gateway = {
    kind: 'embedded',
    open: async () => {},
    apply: async (table) => {
      const problems = await apply(table)
      applied.push(table.control && 'port' in table.control ? table.control.port : 0)
      return problems
    },
    applyKeys: async () => {},
    inFlight: async () => 0,
    close: async () => {},
    shutdown: async () => {},
  }
  return { gateway, applied }
}
