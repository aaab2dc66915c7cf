// Behind `npm run audit:verify`: checks whether the audit log is as the platform wrote it, and lists the entries that
// are not.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { chooseDataFolder } from './lib/data-folder.mjs'
import { readDotEnv } from './lib/dot-env.mjs'
import { readSettings } from './lib/settings.mjs'
import { runMain, UserError, words } from './lib/words.mjs'

/** @typedef {{ kind: 'changed' | 'removed' | 'inserted' | 'cut', number: number | null, to: number | null }} Problem */
/** @typedef {{ entries: number, erased: number, head: { number: number, hash: string }, problems: Problem[] }} Report */

/** @param {Problem} problem */
function sentence({ kind, number, to }) {
  const place = number === to || to === null ? `${number}` : `${number}–${to}`
  if (number === null) return words('有没有编号的记录被插入', 'Entries without a number were inserted')
  if (kind === 'removed') return words(`记录 ${place} 被删除`, `Removed: ${place}`)
  if (kind === 'cut') return words(`末尾的记录 ${place} 被删除`, `Removed at the end: ${place}`)
  if (kind === 'inserted') return words(`记录 ${place} 是插入的`, `Inserted: ${place}`)
  return words(`记录 ${place} 被修改`, `Changed: ${place}`)
}

/** @param {Report} report */
function say({ entries, erased, head, problems }) {
  console.log(
    words(
      `${entries} 条记录，末尾为 ${head.number}:${head.hash}；其中 ${erased} 条是内容已按期清除的拒绝记录。`,
      `${entries} entries, the last is ${head.number}:${head.hash}; ${erased} are refusals whose content was removed for their age.`,
    ),
  )
  for (const problem of problems) console.error(sentence(problem))
  if (problems.length === 0)
    console.log(words('没有被修改、删除或插入的记录。', 'No entry was changed, removed or inserted.'))
}

await runMain(async () => {
  const root = join(import.meta.dirname, '..')
  readDotEnv(root, process.env)
  const { dataFolder: given } = readSettings(process.env)
  const { folder } = chooseDataFolder({ root, given, isRoot: process.getuid?.() === 0 })
  const program = join(root, 'dist', 'server', 'verify-audit.js')
  if (!existsSync(program))
    throw new UserError(words('请先运行一次 npm start', 'Run npm start once before this'))
  const env = { ...process.env, VITRINE_DATA_DIR: folder }
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { env, encoding: 'utf8' })
  if (status !== 0)
    throw new UserError(
      words(
        `无法读取操作记录。平台正在运行吗？数据文件夹是 ${folder} 吗？\n${stderr}`,
        `The audit log cannot be read. Does the platform run, and is ${folder} its data folder?\n${stderr}`,
      ),
    )
  /** @type {Report | false | null} */
  const report = JSON.parse(stdout)
  if (report === null) return console.log(words('还没有记录。', 'There is no entry yet.'))
  if (report === false) {
    console.error(words('校验链的末尾被删除', 'The end of the chain was removed'))
    return 1
  }
  say(report)
  return report.problems.length > 0 ? 1 : 0
})
