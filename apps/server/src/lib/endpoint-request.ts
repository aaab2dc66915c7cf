import { Agent, buildConnector, request, type Dispatcher } from 'undici'
import { endpointText, type Endpoint } from '@vitrine/contract'
import { hasItsPort, type InstanceEndpoint } from '@vitrine/contract/port-listener'

/**
 * An instance has ended and another program has its port. Callers treat it as they treat an instance that is gone, so it
 * has the code of a connection that nobody accepts.
 */
export class PortTaken extends Error {
  readonly code = 'ECONNREFUSED'

  constructor(endpoint: Endpoint) {
    super(`the instance has ended, and another program listens on ${endpointText(endpoint)}`)
  }
}

const connect = buildConnector({})

/** Connects to the port of an instance, for requests that nobody else may get. */
const connectToItself =
  (endpoint: InstanceEndpoint): buildConnector.connector =>
  (options, done) =>
    connect(options, (...opened) => {
      const [, socket] = opened
      // If it could not connect, undici calls this with the error alone.
      if (!socket || hasItsPort(endpoint)) return done(...opened)
      socket.destroy()
      done(new PortTaken(endpoint), null)
    })

/**
 * One agent for each recently used unix socket and for each port with known listeners. Connections to a unix socket are not
 * kept alive, because the next process on it is a different one. Those to a port lead to the process that accepted them.
 */
const agents = new Map<string, Agent>()
const mostAgents = 100

const createAgent = (endpoint: InstanceEndpoint): Agent =>
  'socket' in endpoint
    ? new Agent({ connect: { socketPath: endpoint.socket }, pipelining: 0 })
    : new Agent({ connect: connectToItself(endpoint) })

function agentOf(endpoint: InstanceEndpoint): Agent {
  // With other sockets, it is another process.
  const key = [endpointText(endpoint), ...(endpoint.listeners ?? [])].join(' ')
  const known = agents.get(key)
  if (known) return known
  const [oldest] = agents
  if (oldest && agents.size >= mostAgents) {
    agents.delete(oldest[0])
    // `close` lets requests in progress finish first.
    void oldest[1].close()
  }
  const agent = createAgent(endpoint)
  agents.set(key, agent)
  return agent
}

type Wanted = Dispatcher.RequestOptions
type Options = Omit<Wanted, 'origin' | 'path' | 'method'> & Partial<Pick<Wanted, 'method'>>

/**
 * Calls undici's `request` for a path at an endpoint. `path` begins with a slash. If another program has taken the port of
 * an instance whose sockets are known, it gets nothing, and this rejects as for a connection that nobody accepts.
 */
export function requestAt(
  endpoint: InstanceEndpoint,
  path: string,
  options: Options = {},
): Promise<Dispatcher.ResponseData> {
  // For a socket, the host in the URL is only used for the header `Host`.
  if ('socket' in endpoint)
    return request(`http://localhost${path}`, { ...options, dispatcher: agentOf(endpoint) })
  const url = `http://${endpointText(endpoint)}${path}`
  return request(url, endpoint.listeners ? { ...options, dispatcher: agentOf(endpoint) } : options)
}
