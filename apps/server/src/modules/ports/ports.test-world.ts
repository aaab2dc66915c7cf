import { holdFrontPort, type FrontPortRequest } from './front-ports.ts'
import type { PortsDeps } from './ports.deps.ts'

/** Holds a front port and stores it with `store`, as the use cases do. Resolves with what `store` gives. */
export async function storeFrontPort<T>(
  deps: PortsDeps,
  request: FrontPortRequest,
  store: (port: number) => Promise<T>,
): Promise<T> {
  const held = await holdFrontPort(deps, request)
  try {
    const stored = await store(held.port)
    held.keep()
    return stored
  } finally {
    await held.end()
  }
}

/** Reserves a front port in the ledger only. No service has it yet. */
export const reserveBy = (
  by: PortsDeps,
  serviceId: string,
  options: { fixed?: number; preferred?: number } = {},
): Promise<number> =>
  storeFrontPort(by, { host: '127.0.0.1', serviceId, ...options }, async (port) => {
    if (!(await by.ports.enterFront(port, serviceId))) throw new Error(`port ${port} has an owner`)
    return port
  })

/** The claims of one platform on a machine. `owners` has the owner of each name, of all platforms on it. */
export function claimsBy(owners: Map<string, object>): PortsDeps['claims'] {
  const me = {}
  return {
    claim: async (name) => (owners.has(name) ? owners.get(name) === me : Boolean(owners.set(name, me))),
    release: (name) => void (owners.get(name) === me && owners.delete(name)),
  }
}
