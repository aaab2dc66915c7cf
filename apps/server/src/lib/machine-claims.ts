import { createServer, type Server } from 'node:net'

/**
 * Claims on names that hold on the whole machine for the lifetime of this process. The kernel removes them
 * when the process ends, so no claim is ever left over. Each claim is an abstract unix socket (`man 7 unix`).
 * Abstract sockets belong to a network namespace as ports do, so a container with its own ports also has its
 * own claims.
 */
export type MachineClaims = {
  /**
   * Claims a name. True if this process has the claim now, or had it before; false if another process has it.
   */
  claim(name: string): Promise<boolean>
  /** Releases a name. Releasing a name that is not ours is no error. */
  release(name: string): void
  /** Releases all names. */
  close(): void
}

function bind(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen({ path: `\0${name}`, exclusive: true }, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** Creates an empty set of claims. Only Linux has abstract sockets; on other systems every claim succeeds. */
export function machineClaims(isSupported = process.platform === 'linux'): MachineClaims {
  const held = new Map<string, Promise<Server | null>>()

  const drop = (binding: Promise<Server | null> | undefined) =>
    binding?.then(
      (server) => server?.close(),
      // The caller of `claim` has already got this error.
      () => undefined,
    )

  return {
    async claim(name) {
      if (!isSupported) return true
      const binding = held.get(name) ?? bind(name)
      held.set(name, binding)
      const server = await binding.catch((error: unknown) => {
        held.delete(name)
        throw error
      })
      if (server === null) held.delete(name)
      return server !== null
    },
    release(name) {
      void drop(held.get(name))
      held.delete(name)
    },
    close() {
      for (const binding of held.values()) void drop(binding)
      held.clear()
    },
  }
}
