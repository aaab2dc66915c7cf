import { Agent, request, type Dispatcher } from 'undici'
import { endpointText, type Endpoint } from '@vitrine/contract'

/** Converts an endpoint to the options of Node's `http.request`. */
export const requestOptions = (
  endpoint: Endpoint,
): { socketPath: string } | { host: string; port: number } =>
  'socket' in endpoint ? { socketPath: endpoint.socket } : { host: endpoint.host, port: endpoint.port }

/**
 * One agent for each recently used socket. Connections are not kept alive, because the next process on the
 * socket is a different one.
 */
const agents = new Map<string, Agent>()
const mostAgents = 100

function agentOf(socket: string): Agent {
  const known = agents.get(socket)
  if (known) return known
  const [oldest] = agents
  if (oldest && agents.size >= mostAgents) {
    agents.delete(oldest[0])
    // `close` lets requests in progress finish first.
    void oldest[1].close()
  }
  const agent = new Agent({ connect: { socketPath: socket }, pipelining: 0 })
  agents.set(socket, agent)
  return agent
}

type Wanted = Dispatcher.RequestOptions
type Options = Omit<Wanted, 'origin' | 'path' | 'method'> & Partial<Pick<Wanted, 'method'>>

/** Calls undici's `request` for a path at an endpoint. `path` begins with a slash. */
export function requestAt(
  endpoint: Endpoint,
  path: string,
  options: Options = {},
): Promise<Dispatcher.ResponseData> {
  // For a socket, the host in the URL is only used for the header `Host`.
  if ('socket' in endpoint)
    return request(`http://localhost${path}`, { ...options, dispatcher: agentOf(endpoint.socket) })
  return request(`http://${endpointText(endpoint)}${path}`, options)
}
