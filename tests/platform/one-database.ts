import { afterEach, beforeEach, inject } from 'vitest'
import type { ApiClient } from '../support/api-client.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { makeTestDatabase } from '../support/test-database.ts'

/** Platforms with a database of the test server in place of one of their own. Each test has another database. */
export function platformsOnOneDatabase() {
  const ends: (() => Promise<unknown>)[] = []
  const shared = { database: '', environment: { DATABASE_URL: '' } }
  beforeEach(async () => {
    const { name, drop } = await makeTestDatabase()
    ends.push(drop)
    const { host, user, password } = inject('postgres')
    shared.database = name
    shared.environment.DATABASE_URL = `postgresql://${user}:${password}@/${name}?host=${encodeURIComponent(host)}`
  })
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
  }, 120_000)

  return {
    /** The name of the database. */
    database: () => shared.database,
    /** The environment of a platform that uses it. */
    environment: () => ({ ...shared.environment }),
    /** Starts a platform that uses it. It ends with the test. */
    start: async (): Promise<{ platform: TestPlatform; admin: ApiClient }> => {
      const platform = await startPlatform({ environment: shared.environment })
      ends.push(() => platform.dispose())
      return { platform, admin: await platform.admin() }
    },
  }
}
