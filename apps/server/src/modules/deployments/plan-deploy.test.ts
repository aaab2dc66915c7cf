import { rolePermissions, scopePermissions, type Role } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { platformActor, type Actor } from '../../lib/actor.ts'
import { usualConfig } from '../releases/releases.test-world.ts'
import type { StoredService } from '../services/services.repository.ts'
import { ownServer } from './deployments.test-world.ts'
import { serviceAt } from './own-service.test-setup.ts'
import { planDeploy, requestedBy, type DeployRequest } from './plan-deploy.ts'

const actorOf = (role: Role): Actor => ({
  ...platformActor,
  id: 'maker',
  role,
  permissions: rolePermissions[role],
})
const defaults = {
  mode: 'local' as const,
  frontHost: '127.0.0.1',
  network: 'all' as const,
}
const { timeoutS } = usualConfig

const planOf = (actor: Actor, config: DeployRequest['config'], existing: StoredService | null = null) =>
  planDeploy({
    request: { actor, algorithmId: 'own-server', serviceId: 'own-server', config },
    version: { commit: 'c', manifest: ownServer },
    existing,
    defaults: { ...defaults, timeoutS, rateLimit: null, idleMinutes: null },
  })
const plan = (role: Role, config: DeployRequest['config'], existing?: StoredService | null) =>
  planOf(actorOf(role), config, existing)

describe('the address of the front port', () => {
  test.each(['127.0.0.2', '0.0.0.0', '::', '::1'])('only an administrator may choose %s', (host) => {
    for (const existing of [null, serviceAt('127.0.0.1')]) {
      expect(() => plan('user', { host }, existing)).toThrowError(
        expect.objectContaining({ code: 'port.host_not_permitted', status: 403 }),
      )
      expect(plan('admin', { host }, existing).port).toMatchObject({ host })
    }
  })

  test('is chosen neither by a custom role that manages the gateway, nor by a key of an administrator that only deploys', () => {
    const narrow = [
      { ...actorOf('user'), permissions: rolePermissions.admin },
      { ...actorOf('admin'), permissions: scopePermissions.deploy },
    ]
    for (const actor of narrow)
      expect(() => planOf(actor, { host: '0.0.0.0' })).toThrowError(
        expect.objectContaining({ code: 'port.host_not_permitted' }),
      )
  })

  test('the default, and the one that an administrator has chosen before, may be named by everybody', () => {
    expect(plan('user', { host: '127.0.0.1' }).port?.host).toBe('127.0.0.1')
    expect(plan('user', { host: '127.0.0.2' }, serviceAt('127.0.0.2')).release.config.frontHost).toBe(
      '127.0.0.2',
    )
    expect(plan('user', { host: '127.0.0.1' }, serviceAt('127.0.0.2')).port?.host).toBe('127.0.0.1')
  })

  test('is kept in its usual form', () => {
    expect(plan('admin', { host: '0:0:0:0:0:0:0:1' }).newService?.options.frontHost).toBe('::1')
  })

  test('is tried with the port of the service if only the address changes', () => {
    expect(plan('admin', { host: '127.0.0.2' }, serviceAt('127.0.0.1')).port).toEqual({
      host: '127.0.0.2',
      serviceId: 'own-server',
      fixed: 8001,
      now: { host: '127.0.0.1', port: 8001 },
    })
    expect(plan('admin', { timeout: 5 }, serviceAt('127.0.0.1')).port).toBeNull()
  })
})

describe('a deploy that is tried again', () => {
  const asked: Required<Omit<NonNullable<DeployRequest['config']>, 'env'>> = {
    name: 'Another name',
    port: 8123,
    host: '127.0.0.2',
    timeout: 77,
    network: 'none',
    mode: 'docker',
  }

  test.each(Object.entries(asked))('requests %s as the first one did', (option, value) => {
    const { release } = plan('admin', { [option]: value }, serviceAt('127.0.0.1'))
    const again = requestedBy(release.serviceChange)
    expect(again).toMatchObject({ [option]: value })
    expect(plan('admin', again, serviceAt('127.0.0.1')).release).toEqual(release)
  })

  test('requests the port that a service without one got at once', () => {
    const { release } = plan('admin', { port: 8123 }, { ...serviceAt('127.0.0.1'), frontPort: null })
    expect(requestedBy(release.serviceChange)).toMatchObject({ port: 8123 })
  })
})
