import { socketsByPort } from './port-ownership.ts'

/** The sockets that listen on a port now, as the control plane proves those of an instance. */
export async function listenersAt(port: number): Promise<string[]> {
  const sockets = (await socketsByPort([port]))?.get(port)
  if (sockets === undefined) throw new Error('nobody listens there')
  return sockets.trim().split(' ')
}
