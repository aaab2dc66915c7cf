import { join } from 'node:path'
import { completeInstallation, hasPostgres } from './install-scripts.mjs'
import { installNpmPackages } from './npm-packages.mjs'
import { choosePlatformNode, withNode } from './platform-node.mjs'
import { prepareMachine } from './prepare-machine.mjs'
import { run } from './run.mjs'
import { commandFailed } from './steps.mjs'
import { Told, words } from './words.mjs'

/** @typedef {import('./platform-node.mjs').PlatformNode} PlatformNode */

/**
 * Builds what has changed since the last time, in a process of its own: the tools need much memory.
 * @param {string} root @param {PlatformNode} node @param {AbortSignal} signal @param {readonly string[]} parts
 */
async function build(root, node, signal, parts) {
  const { code, lines } = await run(node.file, [join(root, 'scripts', 'build.mjs'), ...parts], {
    cwd: root,
    env: withNode(node),
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
 * @returns {Promise<PlatformNode>}
 */
async function prepareCheckout({ root, settings, steps, parts, signal }) {
  const node = await choosePlatformNode({ root, steps, signal })
  await installNpmPackages({ root, node, steps, signal })
  await completeInstallation(root, node.file)
  if (settings.ownDatabase && !hasPostgres(root))
    throw new Told(
      words(
        `没有适用于 ${process.platform}-${process.arch} 的内嵌 PostgreSQL，请用 DATABASE_URL 指定数据库。`,
        `There is no embedded PostgreSQL for ${process.platform}-${process.arch}; name a database by DATABASE_URL.`,
      ),
    )
  signal.throwIfAborted()
  await steps.step(words('构建', 'Building'), () => build(root, node, signal, parts))
  return node
}

/**
 * Brings checkout and machine to the state in which the platform can run: Node, npm packages, system packages, build. Returns the Node
 * that the platform runs on. Ctrl-C ends it between two things; then the answer is null. `parts` names what is to be built where
 * that is not everything.
 * @param {{
 *   root: string, needs: readonly import('./system-packages.mjs').Need[],
 *   settings: { systemPackages: boolean, ownDatabase: boolean }, steps: import('./steps.mjs').Steps,
 *   parts?: readonly string[],
 * }} input
 * @returns {Promise<PlatformNode | null>}
 */
export async function prepare({ root, needs, settings, steps, parts = [] }) {
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  const { signal } = interruption
  try {
    // The two wait for the network and the disk in turn. Neither is left alone with a failure of the other.
    const [checkout, machine] = await Promise.allSettled([
      prepareCheckout({ root, settings, steps, parts, signal }),
      prepareMachine({ needs, allowed: settings.systemPackages, steps, signal }),
    ])
    if (checkout.status === 'rejected') throw checkout.reason
    if (machine.status === 'rejected') throw machine.reason
    return checkout.value
  } catch (error) {
    if (!signal.aborted) throw error
    steps.say(words('已中断。', 'Interrupted.'))
    return null
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}
