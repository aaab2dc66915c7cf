import { readFileSync } from 'node:fs'
import { run } from './run.mjs'
import { words } from './words.mjs'

/** The account of PostgreSQL, which refuses to run as root, and that of nginx's workers. */
const accounts = ['vitrine-db', 'vitrine-gateway']

/**
 * Creates the missing low-privilege accounts for parts that must not run as root. Returns warnings for the
 * user. If an account cannot be created, the start continues, because the platform then uses accounts that
 * every machine has.
 * @returns {Promise<string[]>}
 */
export async function makeAccounts() {
  const known = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':')[0])
  const notes = []
  for (const name of accounts.filter((account) => !known.includes(account))) {
    const flags = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent']
    const { code, lines } = await run('useradd', [...flags, '--shell', '/usr/sbin/nologin', name])
    if (code !== 0)
      notes.push(
        words(
          `系统账户 ${name} 未能创建：${lines.at(-1)}`,
          `The account ${name} could not be made: ${lines.at(-1)}`,
        ),
      )
  }
  return notes
}
