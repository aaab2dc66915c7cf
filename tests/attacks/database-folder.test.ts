import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openEmbeddedPostgres } from '../../apps/server/src/adapters/database/embedded-postgres.ts'
import { findSystemUser } from '../../apps/server/src/lib/system-user.ts'
import { describeAsRoot } from '../support/as-root.ts'

describeAsRoot('a link in the temporary folder in place of the folder of the database’s socket', () => {
  const made: string[] = []
  afterEach(async () => {
    for (const path of made.splice(0)) await rm(path, { recursive: true, force: true })
  })

  test('gives nothing away', async () => {
    const root = await mkdtemp(join(tmpdir(), 'vitrine-socket-'))
    made.push(root)
    await chmod(root, 0o711)
    const victim = join(root, 'victim')
    await mkdir(victim)
    // Too long for a socket, so the socket is in the temporary folder, under a name that others can know.
    const folder = join(root, 'long'.repeat(20), 'postgres')
    await mkdir(join(folder, '..'), { mode: 0o711 })
    const name = createHash('sha256').update(folder).digest('hex').slice(0, 12)
    const link = join(tmpdir(), `vitrine-pg-${name}`)
    await symlink(victim, link)
    made.push(link)
    const user = await findSystemUser(['vitrine-db', 'postgres', 'nobody'])
    const passwordFile = join(root, 'password')
    await expect(openEmbeddedPostgres({ folder, passwordFile, user })).rejects.toThrow('another account')
    expect((await stat(victim)).uid).toBe(0)
  })
})
