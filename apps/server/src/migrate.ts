import { parseSettings, SettingsError } from './config.ts'
import { AppError } from './lib/errors.ts'
import { inBoth, wordsOfError } from './lib/words.ts'
import { findProjectRoot } from './lifecycle/project-root.ts'
import { migrationsOf } from './start/database.ts'
import { migrateNow } from './start/migrate-now.ts'

/** sysexits' EX_CONFIG, as for the other programs. */
const wrongSetting = 78

/** What people are told about an error. */
function saidOf(error: unknown): string {
  if (error instanceof SettingsError) return error.message
  if (!(error instanceof AppError)) return error instanceof Error ? error.message : String(error)
  const { zh, en } = wordsOfError(error)
  return inBoth(zh, en)
}

/** Behind the job in `deploy/kubernetes/migrate`: migrates the tables of `DATABASE_URL` to this build, and ends. It needs no data folder. */
try {
  const { DATABASE_URL: url } = parseSettings(process.env)
  if (url === undefined)
    throw new SettingsError([
      `DATABASE_URL: ${inBoth('需要它；内置数据库在启动时迁移', 'it is needed; the embedded database is migrated by the start')}`,
    ])
  await migrateNow({
    connection: { url },
    migrationsFolder: migrationsOf((await findProjectRoot()).folder),
    onWait: ({ name, owner }) => {
      const who = owner ? `${owner.pid}@${owner.host}` : name
      console.log(inBoth(`正在等待控制面结束（${who}）`, `Waiting for the control plane to end (${who})`))
    },
  })
  console.log(inBoth('数据表已是这个版本的', 'The tables are those of this version'))
} catch (error) {
  console.error(saidOf(error))
  process.exitCode = error instanceof SettingsError ? wrongSetting : 1
}
