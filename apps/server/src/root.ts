import { join } from 'node:path'
import { parseSettings, SettingsError } from './config.ts'
import { LateError } from './root/late.ts'
import { leaveRoot } from './root/leave-root.ts'
import { openRoot } from './root/open-root.ts'

/**
 * What the start lets root do, in a process that ends at once: `open` before the control plane starts (`open ended` if
 * nothing of its platform lives), `leave` after everything has ended. It takes only settings from root's own environment, and answers with one line of
 * JSON. Exit code 78 for a setting that cannot be used, as in main.ts, and 75 if the
 * machine is too busy.
 */
const [verb, option] = process.argv.slice(2)
try {
  const settings = parseSettings(process.env)
  if (verb === 'leave') await leaveRoot(settings.VITRINE_DATA_DIR)
  else {
    const files = {
      node: process.execPath,
      main: join(import.meta.dirname, 'main.js'),
      path: process.env.PATH ?? '',
    }
    console.log(JSON.stringify(await openRoot(settings, files, option === 'ended')))
  }
} catch (error) {
  if (error instanceof SettingsError) {
    for (const problem of error.problems) console.error(problem)
    process.exitCode = 78
  } else if (error instanceof LateError) {
    console.error(error.message)
    process.exitCode = 75
  } else throw error
}
