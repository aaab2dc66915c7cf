import type { GatewayKeys } from '@vitrine/contract'
import type { Route } from './routing.ts'
import { mayRunAt } from './may-run-at.ts'
import type { Login } from './tokens.ts'

/** The people whose role may run no service, and what groups of services grant them. The list is usually empty. */
export class Grants {
  readonly #groups: ReadonlyMap<string, readonly string[]>

  constructor(grants: NonNullable<GatewayKeys['grants']>) {
    this.#groups = new Map(grants.map(({ caller, groups }) => [caller, groups]))
  }

  readonly #groupsOf = (caller: string): readonly string[] => this.#groups.get(caller) ?? []

  /** Whether a login may run a service, by its role or by a grant. */
  mayRun(login: Login, route: Pick<Route, 'group'> | undefined): boolean {
    return mayRunAt(login, route?.group, this.#groupsOf)
  }
}
