import { nginxProcesses } from './leftovers.mjs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { findPortHolder, isAlive, readIdentity, withAncestors } from './processes.mjs'
import { UserError, words } from './words.mjs'

/** The code of the error that binding this address gives, or null. @param {string} host @param {number} port @returns {Promise<string | null>} */
function bindError(host, port) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

/**
 * `EADDRINUSE` if another process listens at [::1], which browsers and tools try first for `localhost`. It would get
 * requests that are meant for the platform. Else null. @param {string} host @param {number} port
 */
async function besideError(host, port) {
  if (!['127.0.0.1', '0.0.0.0'].includes(host)) return null
  return (await bindError('::1', port)) === 'EADDRINUSE' ? 'EADDRINUSE' : null
}

/**
 * Throws if the platform cannot have its address, with the holder of the port or the system's reason. A
 * gateway left by an earlier control plane of this data folder does not count.
 * @param {{ host: string, port: number, dataFolder: string }} input
 */
export async function checkAddress({ host, port, dataFolder }) {
  const code = (await bindError(host, port)) ?? (await besideError(host, port))
  if (code === null) return
  if (code !== 'EADDRINUSE') {
    const variable = code === 'EACCES' ? 'VITRINE_PORT' : 'VITRINE_HOST'
    throw new UserError(
      words(
        `${variable}：无法监听 ${host}:${port}（${code}）`,
        `${variable}: cannot listen on ${host}:${port} (${code})`,
      ),
      78,
    )
  }
  const holder = findPortHolder(port)
  const gateway = readIdentity(join(dataFolder, 'run', 'gateway.json'))
  if (gateway && isAlive(gateway) && (!holder || withAncestors(holder.pid).includes(gateway.pid))) return
  // Workers of a killed nginx keep serving. The next nginx replaces them.
  if (holder && nginxProcesses(dataFolder).some(({ pid }) => pid === holder.pid)) return
  const who = holder
    ? words(`进程 ${holder.pid}：${holder.command}`, `process ${holder.pid}: ${holder.command}`)
    : words(
        '系统未告知是哪个进程，可能属于其他用户',
        'the system does not say by which process; perhaps another user’s',
      )
  throw new UserError(
    words(
      `VITRINE_PORT：端口 ${port} 已被占用（${who}）。请结束该进程，或用 VITRINE_PORT 换一个端口。`,
      `VITRINE_PORT: port ${port} is taken (${who}). End it, or choose another port with VITRINE_PORT.`,
    ),
    78,
  )
}
