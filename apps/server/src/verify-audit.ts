import { readFile } from 'node:fs/promises'
import { openForReading } from './adapters/database/database.ts'
import { parseSettings } from './config.ts'
import { dataPaths } from './lib/paths.ts'
import { auditKeyFile, checkChain } from './modules/audit/audit.chain.ts'
import { createAuditRepository } from './modules/audit/audit.repository.ts'
import { connectionThatRuns } from './start/database.ts'

/**
 * Behind `npm run audit:verify`: checks the audit log against its chain, and prints the report as one line of JSON. It only
 * reads. The platform may run meanwhile; a database of its own must.
 */
const settings = parseSettings(process.env)
const paths = dataPaths(settings.VITRINE_DATA_DIR)
const key = (await readFile(auditKeyFile(paths.secrets), 'utf8')).trim()
const { db, close } = openForReading(await connectionThatRuns(settings, paths))
try {
  const { head, entries, unnumbered } = await createAuditRepository({ db, key }).chain()
  // Null: there is no entry yet. False: the row with the end of the chain is gone, although there are entries.
  const withoutEnd = async () => {
    for await (const _entry of entries) return false
    return null
  }
  const report = head
    ? await checkChain({ key, head, now: new Date(), entries, unnumbered })
    : await withoutEnd()
  console.log(JSON.stringify(report))
} finally {
  await close()
}
