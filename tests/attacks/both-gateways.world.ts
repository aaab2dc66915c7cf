import { echo } from '../platform/packages.ts'
import type { ApiClient } from '../support/api-client.ts'
import type { GatewayKind } from '../support/gateways.ts'
import { startPlatform, type TestPlatform } from '../support/platform.ts'
import { runnerBeside } from '../support/runners.ts'
import { hostileServer } from './hostile-server.package.ts'

/** A platform that is attacked, with the services `hostile`, whose code and owner are the attacker's, and `mine`, the administrator's. */
export type World = {
  gateway: GatewayKind
  platform: TestPlatform
  admin: ApiClient
  attacker: ApiClient
  /** The front port of `hostile`. */
  front: string
}

/** Cases get the world when they run, not when they are collected. */
export type InWorld = () => World

/** Starts a platform behind a gateway, with a process runner that the other gateway does not have beside it. */
export async function openWorld(gateway: GatewayKind): Promise<World> {
  const platform = await startPlatform({
    // What another account finds of a database must be the platform's own.
    database: 'own',
    runner: runnerBeside(gateway),
    environment: { VITRINE_GATEWAY: gateway },
  })
  try {
    const admin = await platform.admin()
    const attacker = await platform.person('attacker', 'user')
    const { front_port } = await attacker.publish('hostile', hostileServer)
    await admin.publish('mine', echo())
    return { gateway, platform, admin, attacker, front: `http://127.0.0.1:${front_port}` }
  } catch (error) {
    await platform.dispose()
    throw error
  }
}
