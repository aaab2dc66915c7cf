import { afterEach, beforeEach } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { makeTestDatabase } from '../support/test-database.ts'

/**
 * Platforms with a database of the test server in place of one of their own, and with these settings. Each test has another
 * database.
 */
export function platformsOnOneDatabase(settings: Record<string, string> = {}) {
  const ends: (() => Promise<unknown>)[] = []
  const shared = { database: '', environment: { ...settings, DATABASE_URL: '' } }
  beforeEach(async () => {
    const { name, url, drop } = await makeTestDatabase()
    ends.push(drop)
    shared.database = name
    shared.environment.DATABASE_URL = url
  })
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  }, 120_000)

  return {
    /** The name of the database. */
    database: () => shared.database,
    /** The environment of a platform that uses it. */
    environment: () => ({ ...shared.environment }),
    /** Starts a platform that uses it, with these settings besides. It ends with the test. */
    start: async (
      own: Record<string, string> = {},
    ): Promise<{ platform: TestPlatform; admin: ApiClient }> => {
      const platform = await startPlatform({ environment: { ...shared.environment, ...own } })
      ends.push(() => platform.dispose())
      return { platform, admin: await platform.admin() }
    },
  }
}
