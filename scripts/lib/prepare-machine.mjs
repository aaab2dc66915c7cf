import { makeAccounts } from './accounts.mjs'
import { canInstall, installPackages, notInstalled } from './apt.mjs'
import { missingNeeds, needLines } from './system-packages.mjs'
import { words } from './words.mjs'

/**
 * Installs the programs that improve the platform, if we may, and otherwise reports what is missing. Nothing
 * that is missing here prevents the platform from starting.
 * @param {{ needs: readonly import('./system-packages.mjs').Need[], allowed: boolean, steps: import('./steps.mjs').Steps, signal?: AbortSignal }} input
 */
export async function prepareMachine({ needs, allowed, steps, signal }) {
  if (allowed && canInstall()) {
    const packages = await notInstalled(needs.flatMap((need) => need.packages))
    if (packages.length > 0) await installThem(packages, steps, signal)
  }
  if (allowed && process.getuid?.() === 0) for (const line of await makeAccounts()) steps.note(line)
  for (const line of needLines(await missingNeeds(needs))) steps.note(line)
}

/** @param {string[]} packages @param {import('./steps.mjs').Steps} steps @param {AbortSignal} [signal] */
async function installThem(packages, steps, signal) {
  const title = words(
    `安装系统软件包：${packages.join(' ')}`,
    `Installing system packages: ${packages.join(' ')}`,
  )
  await steps.step(title, async () => {
    const failures = await installPackages(packages, signal)
    signal?.throwIfAborted()
    for (const line of failures) steps.note(words(`未能安装 ${line}`, `could not install ${line}`))
  })
}
