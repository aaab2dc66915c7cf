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
