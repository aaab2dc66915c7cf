import { Agent, request, type Dispatcher } from 'undici'
import { endpointText, type Endpoint } from '@vitrine/contract'

/** An endpoint as Node's `http.request` takes it. */
export const requestOptions = (
  endpoint: Endpoint,
): { socketPath: string } | { host: string; port: number } =>
  'socket' in endpoint ? { socketPath: endpoint.socket } : { host: endpoint.host, port: endpoint.port }

/** One of a socket that was called lately. A connection is not kept: the next process on the socket is another. */
const agents = new Map<string, Agent>()
const mostAgents = 100

function agentOf(socket: string): Agent {
  const known = agents.get(socket)
  if (known) return known
  const [oldest] = agents
  if (oldest && agents.size >= mostAgents) {
    agents.delete(oldest[0])
    // It ends what is under way first.
    void oldest[1].close()
  }
  const agent = new Agent({ connect: { socketPath: socket }, pipelining: 0 })
  agents.set(socket, agent)
  return agent
}

type Wanted = Dispatcher.RequestOptions
type Options = Omit<Wanted, 'origin' | 'path' | 'method'> & Partial<Pick<Wanted, 'method'>>

/** undici's `request` of a path at an endpoint. `path` begins with a slash. */
export function requestAt(
  endpoint: Endpoint,
  path: string,
  options: Options = {},
): Promise<Dispatcher.ResponseData> {
  // The host of a URL to a socket goes nowhere but into the header `Host`.
  if ('socket' in endpoint)
    return request(`http://localhost${path}`, { ...options, dispatcher: agentOf(endpoint.socket) })
  return request(`http://${endpointText(endpoint)}${path}`, options)
}
