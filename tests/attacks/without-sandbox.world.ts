import type { ApiClient } from '../support/api-client.ts'
import { gatewayBeside } from '../support/gateways.ts'
import { startPlatform, type RunnerKind, type TestPlatform } from '../support/platform.ts'
import { hostileShell } from './shell.package.ts'

/** A platform without a sandbox, with the services `hostile` and `victim`, which run what they are sent. */
export type World = { platform: TestPlatform; admin: ApiClient }

/** Cases get the world when they run, not when they are collected. */
export type InWorld = () => World

/** Starts a platform with a process runner, behind a gateway that the other runner does not have beside it. */
export async function openWorld(runner: RunnerKind): Promise<World> {
  const platform = await startPlatform({
    runner,
    environment: { VITRINE_SANDBOX: 'off', VITRINE_GATEWAY: gatewayBeside(runner) },
  })
  try {
    const admin = await platform.admin()
    for (const id of ['hostile', 'victim']) await admin.publish(id, hostileShell)
    return { platform, admin }
  } catch (error) {
    await platform.dispose()
    throw error
  }
}
