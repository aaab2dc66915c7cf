// Behind the image of Vitrine: starts a platform that `pack.mjs` has collected. It installs and builds nothing, and runs
// on the Node that runs this script.
import { join } from 'node:path'
import { needPostgres } from './lib/install-scripts.mjs'
import { startPlatform } from './lib/start-platform.mjs'
import { missingNeeds, needLines, startNeeds } from './lib/system-packages.mjs'
import { runMain, UserError, words } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')

/** In an image, the words after its name come here: they are meant as a command, and would start a second platform on the same data. */
function needNoWords() {
  if (process.argv.length === 2) return
  throw new UserError(
    words(
      '这里只启动平台，不接受其他参数。要在运行中的容器里执行命令，请用 docker compose exec vitrine …',
      'This starts the platform and takes no arguments. To run a command in the running container, use docker compose exec vitrine …',
    ),
    64,
  )
}

await runMain(() => {
  needNoWords()
  return startPlatform({
    root,
    async prepare({ settings, steps }) {
      for (const line of needLines(await missingNeeds(startNeeds))) steps.note(line)
      needPostgres(root, settings)
      return { file: process.execPath, version: process.versions.node }
    },
  })
})
