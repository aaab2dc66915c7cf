import { readdirSync, readFileSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { gunzipSync, inflateSync } from 'node:zlib'
import pg from 'pg'
import { z } from 'zod'
import { embeddedConnection } from '../../apps/server/src/adapters/database/embedded-postgres.ts'
import { ifThere } from '../../apps/server/src/lib/if-there.ts'
import type { TestPlatform } from '../support/platform.ts'

/** What was planted, by what it is: `token of the service`. */
export type Planted = Readonly<Record<string, string>>

/** A text as itself, and as it stands in dumps of bytes and in headers. */
const formsOf = (text: string): Buffer[] => {
  const bytes = Buffer.from(text)
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  return [text, bytes.toString('hex'), base64.slice(0, -2)].map((form) => Buffer.from(form))
}

/** Which of the secrets are in some bytes. */
export function foundIn(planted: Planted, bytes: Buffer | string): string[] {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)
  return Object.entries(planted).flatMap(([name, text]) =>
    formsOf(text).some((form) => buffer.includes(form)) ? [name] : [],
  )
}

/** Files as they are, and what is in those that are packed: by gzip, and by zlib as objects of git are. */
function unpacked(bytes: Buffer): Buffer[] {
  const [first, second] = bytes
  try {
    if (first === 0x1f && second === 0x8b) return [bytes, gunzipSync(bytes)]
    if (first === 0x78) return [bytes, inflateSync(bytes)]
  } catch {
    // It only begins like a packed one, or is still being written.
  }
  return [bytes]
}

/** A file of a platform with the secrets that stand in it, and what others may do with it. */
export type FoundFile = { path: string; names: string[]; isPrivate: boolean }

/** Searches every file of the data folder. */
export async function searchFiles(platform: TestPlatform, planted: Planted): Promise<FoundFile[]> {
  const root = platform.dataFolder
  const found: FoundFile[] = []
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    // Files come and go while a platform runs.
    const bytes = await ifThere(readFile(path))
    const facts = await ifThere(stat(path))
    if (!bytes || !facts) continue
    const names = [...new Set(unpacked(bytes).flatMap((part) => foundIn(planted, part)))]
    if (names.length > 0)
      found.push({ path: relative(root, path), names, isPrivate: (facts.mode & 0o077) === 0 })
  }
  return found
}

/** Searches every row of every table of a platform's own database, and counts the rows. */
export async function searchDatabase(
  { dataFolder }: TestPlatform,
  planted: Planted,
): Promise<{ rows: number; found: string[] }> {
  const connection = await embeddedConnection({
    folder: join(dataFolder, 'postgres'),
    passwordFile: join(dataFolder, 'secrets', 'postgres'),
  })
  if ('url' in connection) throw new Error('the database is not of this platform')
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const tables = await client.query(
      "select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')",
    )
    const found: string[] = []
    let rows = 0
    for (const { name } of z.array(z.object({ name: z.string() })).parse(tables.rows)) {
      const dumped = await client.query(`select t::text as row from ${name} t`)
      for (const { row } of z.array(z.object({ row: z.string() })).parse(dumped.rows)) {
        rows += 1
        found.push(...foundIn(planted, row).map((secret) => `${secret} in ${name}`))
      }
    }
    return { rows, found: [...new Set(found)] }
  } finally {
    await client.end()
  }
}

const textOf = (path: string): Buffer => {
  try {
    return readFileSync(path)
  } catch {
    // The process has ended.
    return Buffer.alloc(0)
  }
}

/** The running processes with a secret in their command line, or in their environment unless `mayHave` says that it has to be there. */
export function searchProcesses(
  planted: Planted,
  mayHave: (pid: number, secret: string) => boolean,
): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    const command = textOf(`/proc/${pid}/cmdline`)
    const environment = foundIn(planted, textOf(`/proc/${pid}/environ`))
    return [
      ...foundIn(planted, command).map((name) => `${name} in the command of ${pid}`),
      ...environment
        .filter((name) => !mayHave(Number(pid), name))
        .map((name) => `${name} in the environment of ${pid}: ${command.toString().replaceAll('\0', ' ')}`),
    ]
  })
}
