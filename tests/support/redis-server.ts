import { tmpdir } from 'node:os'
import { runCommand } from '../../apps/server/src/lib/run-command.ts'

const env = {
  PATH: process.env.PATH ?? '',
  ...(process.env.LD_LIBRARY_PATH && { LD_LIBRARY_PATH: process.env.LD_LIBRARY_PATH }),
}
const redisServer = (args: string[], signal?: AbortSignal) =>
  runCommand({ file: 'redis-server', args, cwd: tmpdir(), env }, { signal })

/** Whether this machine has a Redis to test with. */
export const redisIsInstalled = (await redisServer(['--version'])).startError === null

/** Starts a Redis that stores nothing. `end` kills it, and resolves when it is gone. */
export function startRedis(port: number): { url: string; end: () => Promise<void> } {
  const stop = new AbortController()
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()]
  const server = redisServer(settings, stop.signal)
  return {
    url: `redis://127.0.0.1:${port}`,
    async end() {
      stop.abort()
      await server
    },
  }
}
