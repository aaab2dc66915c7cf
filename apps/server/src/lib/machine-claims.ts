import { createServer, type Server } from 'node:net'

/**
 * Claims on names that hold on the whole machine, for as long as this process lives. The kernel keeps them and forgets them with the process,
 * so none is ever left over. They are abstract unix sockets (`man 7 unix`), which belong to a network namespace as ports do: two containers
 * with ports of their own have claims of their own.
 */
export type MachineClaims = {
  /** Claims a name. True where it is ours now or was before; false where another process has it. */
  claim(name: string): Promise<boolean>
  /** Gives a name up. One that is not ours is no error. */
  release(name: string): void
  /** Gives all names up. */
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

/** Makes an empty set of claims. Where the system has no abstract sockets (only Linux has), every claim succeeds. */
export function machineClaims(isSupported = process.platform === 'linux'): MachineClaims {
  const held = new Map<string, Promise<Server | null>>()

  const drop = (binding: Promise<Server | null> | undefined) =>
    binding?.then(
      (server) => server?.close(),
      // It was told to whoever claimed it.
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
