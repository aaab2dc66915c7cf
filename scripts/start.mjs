// Behind `npm start`: starts the platform on a machine that has only Node and npm. It needs no package.
import { join } from 'node:path'
import { sayName } from './lib/banner.mjs'
import { chooseDataFolder } from './lib/data-folder.mjs'
import { checkNodeVersion } from './lib/node-version.mjs'
import { checkAddress } from './lib/port-check.mjs'
import { prepare } from './lib/prepare.mjs'
import { readDotEnv } from './lib/dot-env.mjs'
import { leaveRoot, openRoot } from './lib/root.mjs'
import { runPlatform } from './lib/run-platform.mjs'
import { readSettings } from './lib/settings.mjs'
import { takeDataFolder } from './lib/start-lock.mjs'
import { stepsOn } from './lib/steps.mjs'
import { prepareMachine } from './lib/prepare-machine.mjs'
import { exampleNeeds, startNeeds } from './lib/system-packages.mjs'
import { runMain } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')

await runMain(async () => {
  const begun = Date.now()
  checkNodeVersion()
  readDotEnv(root, process.env, (text) => console.error(text))
  const settings = readSettings(process.env)
  const isRoot = process.getuid?.() === 0
  const { folder: dataFolder, why } = chooseDataFolder({ root, given: settings.dataFolder, isRoot })
  const giveUp = takeDataFolder(dataFolder)
  const steps = stepsOn(process.stdout)
  try {
    await checkAddress({ ...settings, dataFolder })
    sayName(steps)
    if (why) steps.note(why)
    const node = await prepare({ root, needs: startNeeds, settings, steps })
    if (node === null) return 130
    const growMachine = (/** @type {AbortSignal} */ signal) =>
      prepareMachine({ needs: exampleNeeds, allowed: settings.systemPackages, steps, signal })
    const place = { root, nodeFile: node.file, dataFolder }
    const standing = await openRoot({ ...place, mode: settings.rootMode })
    if (standing.note) steps.note(standing.note)
    const code = await runPlatform({
      ...place,
      begun,
      steps,
      standing,
      ...(settings.demo && { growMachine }),
    })
    if (standing.env.VITRINE_ROOT === 'drop') await leaveRoot(place)
    return code
  } finally {
    giveUp()
  }
})
