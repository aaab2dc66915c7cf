import { join } from 'node:path'
import { completeInstallation, needPostgres } from './install-scripts.mjs'
import { installNpmPackages } from './npm-packages.mjs'
import { choosePlatformNode, withNode } from './platform-node.mjs'
import { prepareMachine } from './prepare-machine.mjs'
import { run } from './run.mjs'
import { commandFailed } from './steps.mjs'
import { words } from './words.mjs'

/** @typedef {import('./platform-node.mjs').PlatformNode} PlatformNode */

/**
 * Builds what has changed since the last time, in its own process, because the tools need much memory.
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
  needPostgres(root, settings)
  signal.throwIfAborted()
  await steps.step(words('构建', 'Building'), () => build(root, node, signal, parts))
  return node
}

/**
 * Prepares the checkout and the machine so that the platform can run: Node, npm packages, system packages,
 * build. Returns the Node that the platform runs on. Ctrl-C ends it between two steps, and the result is
 * null. `parts` names the parts to build; by default all of them.
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
    // One waits for the network while the other uses the disk. If one fails, the other is still awaited.
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
