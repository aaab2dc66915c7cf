import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { rolePermissions, scopePermissions, type Role } from '@vitrine/contract'
import { createApp } from '../../apps/server/src/http/app.ts'
import type { Actor } from '../../apps/server/src/lib/actor.ts'
import { createOpenStreams } from '../../apps/server/src/lib/open-streams.ts'

/** A user with a role, for tests of routes other than sign-in. */
export const testActor = (role: Role, id = '11111111-1111-4111-8111-111111111111'): Actor => ({
  kind: 'user',
  id,
  name: `${role}-tester`,
  role,
  permissions: rolePermissions[role],
  serviceIds: null,
})

/** The real HTTP application. The header `x-test-role` selects the caller. */
export async function createTestApp(
  actors: Partial<Record<string, Actor>> = {},
  publicUrl: string | null = null,
  more: Partial<Parameters<typeof createApp>[0]> = {},
): Promise<FastifyInstance> {
  const known: Partial<Record<string, Actor>> = {
    viewer: testActor('viewer'),
    user: testActor('user'),
    admin: testActor('admin'),
    'reading-key': { ...testActor('user'), kind: 'key', permissions: scopePermissions.read },
    // A custom role that may share and not run.
    sharer: {
      ...testActor('user'),
      permissions: new Set(['showcase.read', 'services.read', 'shares.write']),
    },
    // A custom role that may change the configuration, and nothing else.
    configurer: {
      ...testActor('user', '66666666-6666-4666-8666-666666666666'),
      permissions: new Set(['showcase.read', 'services.read', 'config.manage']),
    },
    'deploying-key': { ...testActor('user'), kind: 'key', permissions: scopePermissions.deploy },
    ...actors,
  }
  return createApp({
    publicUrl,
    logger: pino({ level: 'silent' }),
    streams: createOpenStreams(),
    authenticate: async (request) => known[String(request.headers['x-test-role'])] ?? null,
    ...more,
  })
}
