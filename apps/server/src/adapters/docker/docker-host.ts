/** Where a Docker daemon answers. It is one of this machine, because its containers publish their ports on loopback. */
export type DockerHost = { socketPath: string } | { host: string; port: number }

/** Where Docker listens if nothing else was set. */
export const defaultDockerHost: DockerHost = { socketPath: '/var/run/docker.sock' }

const loopback = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Reads an address as Docker's own tools take it: `unix:///path` or `tcp://127.0.0.1:2375`. Null for any other text,
 * and for the daemon of another machine.
 */
export function readDockerHost(text: string): DockerHost | null {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(text)?.[1]
  if (socketPath !== undefined) return { socketPath }
  if (!/^tcp:\/\/[^/?#@]+\/?$/.test(text) || !URL.canParse(text)) return null
  const { hostname, port } = new URL(text)
  return loopback.has(hostname) && port !== ''
    ? { host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port) }
    : null
}
