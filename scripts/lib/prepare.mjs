import { join } from 'node:path'
import { completeInstallation, hasPostgres } from './install-scripts.mjs'
import { installNpmPackages } from './npm-packages.mjs'
import { prepareMachine } from './prepare-machine.mjs'
import { run } from './run.mjs'
import { commandFailed } from './steps.mjs'
import { Told, words } from './words.mjs'

/**
 * Builds what has changed since the last time, in a process of its own: the tools need much memory.
 * @param {string} root @param {AbortSignal} signal @param {readonly string[]} parts
 */
async function build(root, signal, parts) {
  const { code, lines } = await run(process.execPath, [join(root, 'scripts', 'build.mjs'), ...parts], {
    cwd: root,
    signal,
  })
  signal.throwIfAborted()
  if (code !== 0) throw commandFailed(words('构建失败：', 'The build failed:'), lines)
}

/**
 * @param {{
 *   root: string, settings: { ownDatabase: boolean }, steps: import('./steps.mjs').Steps,
 *   parts: readonly string[], signal: AbortSignal,
 * }} input
 */
async function prepareCheckout({ root, settings, steps, parts, signal }) {
  await installNpmPackages(root, steps, signal)
  await completeInstallation(root)
  if (settings.ownDatabase && !hasPostgres(root))
    throw new Told(
      words(
        `没有适用于 ${process.platform}-${process.arch} 的内嵌 PostgreSQL，请用 DATABASE_URL 指定数据库。`,
        `There is no embedded PostgreSQL for ${process.platform}-${process.arch}; name a database by DATABASE_URL.`,
      ),
    )
  signal.throwIfAborted()
  await steps.step(words('构建', 'Building'), () => build(root, signal, parts))
}

/**
 * Brings checkout and machine to the state in which the platform can run: npm packages, system packages, build. Ctrl-C ends
 * it between two things; then the answer is true. `parts` names what is to be built where that is not everything.
 * @param {{
 *   root: string, needs: readonly import('./system-packages.mjs').Need[],
 *   settings: { systemPackages: boolean, ownDatabase: boolean }, steps: import('./steps.mjs').Steps,
 *   parts?: readonly string[],
 * }} input
 */
export async function prepare({ root, needs, settings, steps, parts = [] }) {
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const { signal } = interruption
  try {
    // The two wait for the network and the disk in turn. Neither is left alone with a failure of the other.
    const both = await Promise.allSettled([
      prepareCheckout({ root, settings, steps, parts, signal }),
      prepareMachine({ needs, allowed: settings.systemPackages, steps, signal }),
    ])
    for (const one of both) if (one.status === 'rejected') throw one.reason
    return false
  } catch (error) {
    if (!signal.aborted) throw error
    steps.say(words('已中断。', 'Interrupted.'))
    return true
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}
