// Behind `npm run dev`: runs the platform from its sources. The control plane restarts when one of its files
// changes, and the browser reloads changed pages. Gateway and runtimes are built once. One Ctrl-C ends
// everything.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { chooseDataFolder } from './lib/data-folder.mjs'
import { endLeftovers } from './lib/leftovers.mjs'
import { checkNodeVersion } from './lib/node-version.mjs'
import { checkAddress } from './lib/port-check.mjs'
import { noteNumbers, rootItself } from './lib/platform-numbers.mjs'
import { prepare } from './lib/prepare.mjs'
import { killGroup } from './lib/run.mjs'
import { readSettings } from './lib/settings.mjs'
import { takeDataFolder } from './lib/start-lock.mjs'
import { stepsOn } from './lib/steps.mjs'
import { startNeeds } from './lib/system-packages.mjs'
import { runMain, words } from './lib/words.mjs'

const root = join(import.meta.dirname, '..')
const pages = 'http://127.0.0.1:5173'

/**
 * Starts a program that runs until it is told to end, in its own process group.
 * @param {string} nodeFile @param {string[]} args @param {NodeJS.ProcessEnv} env
 */
function launch(nodeFile, args, env) {
  const child = spawn(nodeFile, args, {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  return {
    ended: new Promise((resolve) => child.on('close', resolve)),
    end: (/** @type {NodeJS.Signals} */ signal) => child.pid !== undefined && killGroup(child.pid, signal),
  }
}

/** @param {string} nodeFile @param {string} dataFolder @param {ReturnType<typeof readSettings>} settings */
function launchBoth(nodeFile, dataFolder, settings) {
  const env = { ...process.env, VITRINE_DATA_DIR: dataFolder, VITRINE_ROOT: 'keep' }
  const tsx = join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs')
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
  const host = settings.host === '0.0.0.0' ? '127.0.0.1' : settings.host
  const target = `http://${host.includes(':') ? `[${host}]` : host}:${settings.port}`
  return [
    launch(nodeFile, [tsx, 'watch', '--clear-screen=false', 'apps/server/src/main.ts'], env),
    launch(
      nodeFile,
      [vite, '--config', 'apps/web/vite.config.ts', '--strictPort', '--clearScreen', 'false'],
      {
        ...process.env,
        VITRINE_DEV_TARGET: target,
      },
    ),
  ]
}

await runMain(async () => {
  checkNodeVersion()
  const settings = readSettings(process.env)
  const isRoot = process.getuid?.() === 0
  const { folder: dataFolder, why } = chooseDataFolder({ root, given: settings.dataFolder, isRoot })
  const giveUp = takeDataFolder(dataFolder)
  const steps = stepsOn(process.stdout)
  try {
    await checkAddress({ ...settings, dataFolder })
    if (why) steps.note(why)
    const parts = ['gateway', 'runtimes']
    const node = await prepare({ root, needs: startNeeds, settings, steps, parts })
    if (node === null) return 130
    noteNumbers(dataFolder, rootItself)
    const programs = launchBoth(node.file, dataFolder, settings)
    steps.say(words(`开发页面：${pages}`, `Pages, replaced as they change: ${pages}`))
    const signalled = new Promise((resolve) => {
      process.on('SIGINT', resolve)
      process.on('SIGTERM', resolve)
    })
    // If one of the programs exits, the other is ended too.
    await Promise.race([signalled, ...programs.map((program) => program.ended)])
    // The control plane is ended first, so that it ends what it has started in order. The tools around it
    // would kill it.
    await endLeftovers(dataFolder)
    programs.forEach((program) => program.end('SIGTERM'))
    await Promise.all(programs.map((program) => program.ended))
    return 0
  } finally {
    giveUp()
  }
})
