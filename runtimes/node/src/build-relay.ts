// Runs a command in a sandbox without a network, and forwards connections to one port of the sandbox's own loopback to
// a unix socket of the platform. Arguments: SOCKET PORT FILE [ARGUMENT …].
import { spawn } from 'node:child_process'
import { connect, createServer, type Socket } from 'node:net'
import { constants } from 'node:os'

const [socket = '', port = '', file = '', ...args] = process.argv.slice(2)

function join(from: Socket, to: Socket): void {
  from.pipe(to)
  from.once('error', () => to.destroy())
}

const server = createServer({ allowHalfOpen: true }, (client) => {
  const platform = connect({ path: socket, allowHalfOpen: true })
  join(client, platform)
  join(platform, client)
})

// The whole process group gets TERM. The command decides when it ends, and this program ends with it.
process.on('SIGTERM', () => undefined)

server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(file, args, { stdio: 'inherit' })
  child.once('error', (error) => {
    process.stderr.write(`${file}: ${error.message}\n`)
    process.exit(127)
  })
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 0)))
})
