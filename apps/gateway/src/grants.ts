import type { GatewayKeys } from '@vitrine/contract'
import type { Route } from './routing.ts'
import type { Login } from './tokens.ts'

/** The people whose role may run no service, and what groups of services grant them. The list is usually empty. */
export class Grants {
  readonly #groups: ReadonlyMap<string, ReadonlySet<string>>

  constructor(grants: NonNullable<GatewayKeys['grants']>) {
    this.#groups = new Map(grants.map(({ caller, groups }) => [caller, new Set(groups)]))
  }

  /** Whether a login may run a service, by its role or by a grant. */
  mayRun({ mayRun, caller }: Login, route: Pick<Route, 'group'> | undefined): boolean {
    return mayRun || (route?.group !== undefined && this.#groups.get(caller)?.has(route.group) === true)
  }
}
