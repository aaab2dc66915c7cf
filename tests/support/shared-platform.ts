import { afterAll, beforeAll } from 'vitest'
import type { ApiClient } from './api-client.ts'
import { startPlatform, type TestPlatform } from './platform.ts'

/** A platform, and its administrator. */
type World = { platform: TestPlatform; admin: ApiClient }

/** Cases get the world when they run, not when they are collected. */
export type InWorld = () => World

/**
 * Starts a platform for all cases of a suite, which may be in several files. A platform of its own takes the processor five
 * seconds, with its first deploy and its end.
 */
export function sharedPlatform(options: Parameters<typeof startPlatform>[0] = {}): InWorld {
  let platform: TestPlatform | null = null
  let world: World | null = null
  beforeAll(async () => {
    platform = await startPlatform(options)
    world = { platform, admin: await platform.admin() }
  }, 180_000)
  afterAll(() => platform?.dispose(), 180_000)
  return () => {
    if (!world) throw new Error('the platform did not start')
    return world
  }
}
