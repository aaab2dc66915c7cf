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

const closed = (server: Server | null): Promise<null> =>
  new Promise((resolve) => (server ? server.close(() => resolve(null)) : resolve(null)))

/** Creates an empty set of claims. Only Linux has abstract sockets; on other systems every claim succeeds. */
export function machineClaims(isSupported = process.platform === 'linux'): MachineClaims {
  /**
   * The last queued step of each name. It resolves with the socket if the claim is ours. The steps of a name run
   * one after the other. Otherwise a claim could find the socket of an earlier claim that is not closed yet, and take it for that of another process.
   */
  const steps = new Map<string, Promise<Server | null>>()

  function next(name: string, step: (server: Server | null) => Promise<Server | null>) {
    const result = (steps.get(name) ?? Promise.resolve(null)).then(step)
    // The caller of `claim` gets the error. The next step begins without a socket.
    const last = result.catch(() => null)
    steps.set(name, last)
    void last.then((server) => server === null && steps.get(name) === last && steps.delete(name))
    return result
  }

  const release = (name: string) => {
    if (steps.has(name)) void next(name, closed)
  }

  return {
    async claim(name) {
      if (!isSupported) return true
      return (await next(name, async (server) => server ?? bind(name))) !== null
    },
    release,
    close() {
      for (const name of [...steps.keys()]) release(name)
    },
  }
}
