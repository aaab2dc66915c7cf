import { parseArgs } from 'node:util'
import { stalledClientMs } from '@vitrine/contract'
import { usualLogBytes } from './access-log.ts'
import { openControlSocket } from './control-socket.ts'
import { GatewayProcess } from './gateway-process.ts'

const { values } = parseArgs({
  options: {
    table: { type: 'string' },
    keys: { type: 'string' },
    'access-log': { type: 'string' },
    socket: { type: 'string' },
    'log-bytes': { type: 'string', default: String(usualLogBytes) },
    'grace-ms': { type: 'string', default: '10000' },
    'stalled-ms': { type: 'string', default: String(stalledClientMs) },
  },
})

function need(name: 'table' | 'keys' | 'access-log' | 'socket'): string {
  const value = values[name]
  if (value === undefined) throw new Error(`the gateway needs --${name}`)
  return value
}

const report = (message: string) => process.stderr.write(`${new Date().toISOString()} ${message}\n`)

const gateway = await GatewayProcess.start(
  { table: need('table'), keys: need('keys'), accessLog: need('access-log') },
  { logBytes: Number(values['log-bytes']), stalledMs: Number(values['stalled-ms']), report },
)
const control = await openControlSocket(need('socket'), gateway)
report(`serving revision ${gateway.revision}`)

async function stop(): Promise<void> {
  report('stopping')
  control.close()
  await gateway.stop(Number(values['grace-ms']))
  process.exit(0)
}

// A second signal must not cut off the requests that are being finished.
let stopping: Promise<void> | null = null
process.on('SIGTERM', () => void (stopping ??= stop()))
process.on('SIGINT', () => void (stopping ??= stop()))
process.on('SIGHUP', () => void gateway.log.reopen())
