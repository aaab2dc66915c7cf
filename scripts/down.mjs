// Behind `npm run down`: ends everything of the platform that still runs on its data folder.
import { join } from 'node:path'
import { chooseDataFolder } from './lib/data-folder.mjs'
import { readDotEnv } from './lib/dot-env.mjs'
import { endLeftovers } from './lib/leftovers.mjs'
import { leaveRoot } from './lib/root.mjs'
import { readSettings } from './lib/settings.mjs'
import { runMain, UserError, words } from './lib/words.mjs'

await runMain(async () => {
  const root = join(import.meta.dirname, '..')
  readDotEnv(root, process.env)
  const { dataFolder: given } = readSettings(process.env)
  const { folder } = chooseDataFolder({ root, given, isRoot: process.getuid?.() === 0 })
  const say = (/** @type {string} */ line) => console.log(words(`已停止 ${line}`, `Stopped: ${line}`))
  const { ended, left } = await endLeftovers(folder, { say })
  if (left.length > 0)
    throw new UserError(words(`未能停止：${left.join('，')}`, `Could not be stopped: ${left.join(', ')}`))
  await leaveRoot({ root, nodeFile: process.execPath, dataFolder: folder })
  if (ended.length === 0) console.log(words(`${folder} 上没有正在运行的进程。`, `Nothing runs on ${folder}.`))
})
