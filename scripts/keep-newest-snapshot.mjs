// Runs after `npm run db:generate`. drizzle-kit compares the tables only with the newest snapshot, so only
// that one is kept, as one line.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..', 'apps', 'server', 'migrations', 'meta')
const snapshots = readdirSync(folder).filter((name) => name.endsWith('_snapshot.json'))
const newest = snapshots.toSorted().at(-1)
for (const name of snapshots) if (name !== newest) rmSync(join(folder, name))
if (newest) {
  const file = join(folder, newest)
  writeFileSync(file, `${JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))}\n`)
}
