// Behind the image of Vitrine: starts a platform that `pack.mjs` has collected. It installs and builds nothing, and runs
// on the Node that runs this script.
import { join } from 'node:path'
import { needPostgres } from './lib/install-scripts.mjs'
import { startPlatform } from './lib/start-platform.mjs'
import { missingNeeds, needLines, startNeeds } from './lib/system-packages.mjs'
import { runMain } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')

await runMain(() =>
  startPlatform({
    root,
    async prepare({ settings, steps }) {
      for (const line of needLines(await missingNeeds(startNeeds))) steps.note(line)
      needPostgres(root, settings)
      return { file: process.execPath, version: process.versions.node }
    },
  }),
)
