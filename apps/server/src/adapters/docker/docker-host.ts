/** Where a Docker daemon answers. It is one of this machine, because its containers publish their ports on loopback. */
export type DockerHost = { socketPath: string } | { host: string; port: number }

/**
 * Where a daemon builds images, on any machine. Both sides show certificates: the folder has `ca.pem`, `cert.pem` and `key.pem`, as for Docker's
 * own tools.
 */
export type DockerBuilder = { host: string; port: number; certificates: string }

/** Where Docker listens if nothing else was set. */
export const defaultDockerHost: DockerHost = { socketPath: '/var/run/docker.sock' }

const withoutBrackets = (hostname: string): string => hostname.replaceAll(/[[\]]/g, '')

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
    ? { host: withoutBrackets(hostname), port: Number(port) }
    : null
}

/** The builder at an address like `tcp://builder.example:2376`. Pure. */
export function builderAt(address: string, certificates: string): DockerBuilder {
  const { hostname, port } = new URL(address)
  return { host: withoutBrackets(hostname), port: Number(port), certificates }
}
