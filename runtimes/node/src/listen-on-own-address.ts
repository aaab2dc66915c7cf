/**
 * Loaded before every Node program of an instance (`NODE_OPTIONS`). `server.listen(port)` listens on all addresses of the
 * machine, so an algorithm could be called from other machines without the gateway, which checks who may.
 */
import { Server } from 'node:net'
import { onOwnAddress } from './own-address.ts'

const { HOST: host } = process.env
const listen: unknown = Reflect.get(Server.prototype, 'listen')

if (host && typeof listen === 'function')
  Object.defineProperty(Server.prototype, 'listen', {
    configurable: true,
    writable: true,
    value(this: Server, ...args: unknown[]) {
      return Reflect.apply(listen, this, onOwnAddress(args, host))
    },
  })
