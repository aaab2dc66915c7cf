import { sayName } from './banner.mjs'
import { chooseDataFolder } from './data-folder.mjs'
import { readDotEnv } from './dot-env.mjs'
import { checkNodeVersion } from './node-version.mjs'
import { checkAddress } from './port-check.mjs'
import { leaveRoot, openRoot } from './root.mjs'
import { runPlatform } from './run-platform.mjs'
import { readSettings } from './settings.mjs'
import { hasOtherStart, takeDataFolder } from './start-lock.mjs'
import { stepsOn } from './steps.mjs'

/**
 * What is done before the control plane is started, and after everything answers.
 * @typedef {{ settings: ReturnType<typeof readSettings>, steps: import('./steps.mjs').Steps }} Given
 */

/**
 * Starts the platform of a folder, runs it until it is stopped, and returns the exit code. `prepare` gets ready what the
 * control plane needs, and returns the Node that runs it, or null if it was interrupted. `growMachine` is called when
 * everything answers, and installs what the examples need.
 * @param {{
 *   root: string,
 *   prepare: (given: Given) => Promise<import('./platform-node.mjs').PlatformNode | null>,
 *   growMachine?: (given: Given, signal: AbortSignal) => Promise<void>,
 * }} input
 * @returns {Promise<number>}
 */
export async function startPlatform({ root, prepare, growMachine }) {
  const begun = Date.now()
  checkNodeVersion()
  readDotEnv(root, process.env, (text) => console.error(text))
  const settings = readSettings(process.env)
  const isRoot = process.getuid?.() === 0
  const { folder: dataFolder, why } = chooseDataFolder({ root, given: settings.dataFolder, isRoot })
  const giveUp = takeDataFolder(dataFolder, settings)
  const steps = stepsOn(process.stdout)
  try {
    await checkAddress({ ...settings, dataFolder })
    sayName(steps)
    if (why) steps.note(why)
    const node = await prepare({ settings, steps })
    if (node === null) return 130
    const place = { root, nodeFile: node.file, dataFolder }
    const standing = await openRoot({ ...place, mode: settings.rootMode })
    if (standing.note) steps.note(standing.note)
    const code = await runPlatform({
      ...place,
      begun,
      steps,
      standing,
      standsBy: settings.standsBy,
      ...(growMachine &&
        settings.demo && { growMachine: (signal) => growMachine({ settings, steps }, signal) }),
    })
    if (standing.env.VITRINE_ROOT === 'drop' && !hasOtherStart(dataFolder)) await leaveRoot(place)
    return code
  } finally {
    giveUp()
  }
}
