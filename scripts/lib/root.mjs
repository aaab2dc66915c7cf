import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { compiledIn } from './control-plane-node.mjs'
import { anythingLives } from './leftovers.mjs'
import { rootItself } from './platform-numbers.mjs'
import { run } from './run.mjs'
import { UserError, words } from './words.mjs'

/**
 * How the control plane is started: the words in front of its command, additional variables, and the numbers of the
 * users as which the platform runs. `note` tells this to people.
 * @typedef {{ command: string[], env: Record<string, string>, numbers: import('./platform-numbers.mjs').Numbers[], note: string | null }} Standing
 */

/**
 * The answer of root.js.
 * @typedef {{ root: 'kept', why: Why } | { root: 'dropped', dataFolder: string, command: string[], env: Record<string, string>, numbers: import('./platform-numbers.mjs').Numbers[] }} Answer
 */

/** @typedef {'auto' | 'keep' | 'drop'} RootMode */

const isRoot = () => process.getuid?.() === 0
const bySetting = { zh: 'VITRINE_ROOT=keep', en: 'VITRINE_ROOT=keep' }

/** @param {string} root */
const program = (root) => join(root, 'dist', 'server', 'root.js')

/** Why root is kept, in both languages. @typedef {{ zh: string, en: string }} Why */

/**
 * Starts the control plane as our own account. If it runs as root, it is told why, for the page about the walls.
 * @param {string | null} note @param {Why | null} [why] @returns {Standing}
 */
const asWeAre = (note, why = null) => ({
  command: [],
  env: { VITRINE_ROOT: 'keep', ...(why && isRoot() && { VITRINE_ROOT_KEPT: JSON.stringify(why) }) },
  numbers: [...rootItself],
  note,
})

/** @param {Answer} answer @param {RootMode} mode @returns {Standing} */
function standing(answer, mode) {
  if (answer.root === 'kept')
    return asWeAre(
      mode === 'drop'
        ? words(
            `VITRINE_ROOT=drop 未生效，控制面以本账户运行：${answer.why.zh}`,
            `VITRINE_ROOT=drop has no effect, the control plane runs as this account: ${answer.why.en}`,
          )
        : words(`控制面以 root 运行：${answer.why.zh}`, `The control plane runs as root: ${answer.why.en}`),
      answer.why,
    )
  const { command, env, numbers } = answer
  return {
    command,
    env,
    numbers,
    note: words(
      '控制面不以 root 运行：内核只给它平台自己的账户号',
      'The control plane is not root: the kernel grants it the platform’s own numbers alone',
    ),
  }
}

/** Whether we are root in a folder of somebody else, who may be the platform itself. @param {string} dataFolder */
const isInForeignFolder = (dataFolder) => isRoot() && statSync(dataFolder).uid !== 0

/**
 * Does the work that needs root, if the platform itself must not run as root (`mode`). Throws {@link UserError} if a
 * setting cannot be used, or if the platform would have to run as root in a folder that belongs to a platform that did
 * not run as root.
 * @param {{ root: string, nodeFile: string, dataFolder: string, mode: RootMode }} input
 * @returns {Promise<Standing>}
 */
export async function openRoot({ root, nodeFile, dataFolder, mode }) {
  const isAsked = mode === 'drop' || (mode === 'auto' && isRoot())
  if (!isAsked && !isInForeignFolder(dataFolder)) return asWeAre(null, bySetting)
  const env = { ...process.env, NODE_COMPILE_CACHE: compiledIn(root), VITRINE_DATA_DIR: dataFolder }
  const ended = anythingLives(dataFolder) ? [] : ['ended']
  const { code, lines } = await run(nodeFile, [program(root), 'open', ...ended], { env, cwd: '/' })
  if (code !== 0) throw new UserError(lines.slice(-25).join('\n'), code)
  const answer = standing(JSON.parse(lines.at(-1) ?? ''), mode)
  return isAsked ? answer : { ...answer, note: null }
}

/**
 * Gives up what root keeps for a data folder, after everything on it has ended.
 * @param {{ root: string, nodeFile: string, dataFolder: string }} input
 */
export async function leaveRoot({ root, nodeFile, dataFolder }) {
  if (!isRoot() || !existsSync(program(root))) return
  const env = { ...process.env, VITRINE_DATA_DIR: dataFolder }
  const { code, lines } = await run(nodeFile, [program(root), 'leave'], { env, cwd: '/' })
  if (code !== 0) throw new UserError(lines.slice(-25).join('\n'))
}
