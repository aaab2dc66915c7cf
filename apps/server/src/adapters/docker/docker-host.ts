/**
 * A daemon on a port. With `certificates`, both sides show one: the folder has `ca.pem`, `cert.pem` and `key.pem`, as for Docker's own
 * tools. Without it, the daemon takes orders from everybody who reaches the port.
 */
export type DockerPort = { host: string; port: number; certificates?: string | undefined }

/** Where a Docker daemon answers. That of containers is one of this machine, because its containers publish their ports on loopback; a builder can be on any. */
export type DockerHost = { socketPath: string } | DockerPort

/** Where Docker listens if nothing else was set. */
const defaultDockerHost: DockerHost = { socketPath: '/var/run/docker.sock' }

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

/** The daemon of the settings, or the usual one. Certificates are for a port: a socket has owners instead. Pure. */
export function dockerHostOf({
  VITRINE_DOCKER_HOST: named,
  VITRINE_DOCKER_CERTS: certificates,
}: {
  VITRINE_DOCKER_HOST?: DockerHost | undefined
  VITRINE_DOCKER_CERTS?: string | undefined
}): DockerHost {
  if (named === undefined) return defaultDockerHost
  return 'socketPath' in named || certificates === undefined ? named : { ...named, certificates }
}

/** The builder at an address like `tcp://builder.example:2376`. Pure. */
export function builderAt(address: string, certificates: string): DockerPort {
  const { hostname, port } = new URL(address)
  return { host: withoutBrackets(hostname), port: Number(port), certificates }
}
