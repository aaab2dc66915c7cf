import { holdFrontPort, type FrontPortRequest, type PortsDeps } from './front-ports.ts'

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
