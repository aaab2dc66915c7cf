import { describe, expect, test } from 'vitest'
import { grantLevels, type GrantLevel } from '@vitrine/contract'
import { testActor } from '../../../../tests/support/test-app.ts'
import type { Actor } from './actor.ts'
import {
  actorAt,
  grantBarrier,
  judgeCall,
  mayChangeCode,
  mayHandle,
  permitsAt,
  reaches,
  visibleRows,
} from './policy.ts'

const grant = (serviceId: string, level: GrantLevel, hasCode = false) => ({ serviceId, level, hasCode })
const viewer = (...grants: NonNullable<Actor['grants']>): Actor => ({ ...testActor('viewer'), grants })
const limited = (serviceIds: readonly string[]): Actor => ({ ...testActor('user'), kind: 'key', serviceIds })
const foreign = { id: 'seen', ownerId: 'somebody else' }

describe('a limit to services', () => {
  test.each([
    ['one of them', ['seen'], true],
    ['several, all of them inside', ['seen', 'other'], true],
    ['several, one of them outside', ['seen', 'third'], false],
    ['none, of which nobody has said that it is inside', [], false],
  ])('for an object with %s', (_name, services, inside) => {
    expect(reaches(limited(['seen', 'other']), services)).toBe(inside)
    expect(reaches(testActor('user'), services)).toBe(true)
  })

  test('closes each route that does not say what it is about, and those of objects outside', () => {
    const key = limited(['seen'])
    const judged = (about: 'service' | 'nothing' | undefined, id: string | null) =>
      judgeCall(key, { access: 'services.read', ...(about && { about }) }, id)
    expect([judged(undefined, 'seen'), judged('service', 'seen'), judged('service', 'other')]).toEqual([
      'closed_to_limited',
      'allowed',
      'outside_limit',
    ])
    expect([judged('service', null), judged('nothing', null)]).toEqual(['outside_limit', 'allowed'])
  })

  test('an instance uses only the routes that name instances', () => {
    const instance: Actor = { ...testActor('admin'), kind: 'instance' }
    const judged = (instances?: true) =>
      judgeCall(instance, { access: 'self', ...(instances && { instances }) }, null)
    expect([judged(), judged(true)]).toEqual(['not_permitted', 'allowed'])
  })
})

describe('grants', () => {
  test('let somebody use a route that their role lacks with the granted services alone', () => {
    const actor = viewer(grant('seen', 'operate'), grant('seen', 'run'), grant('other', 'run'))
    const at = actorAt(actor, { access: 'services.operate' })
    expect([at.serviceIds, at.permissions.has('services.operate')]).toEqual([['seen'], true])
    expect(at.permissions.has('services.deploy')).toBe(false)
    expect(visibleRows(at)).toEqual({ ownerId: actor.id, services: ['seen'] })
    expect([
      permitsAt(actor, 'services.operate', 'seen'),
      permitsAt(actor, 'services.operate', 'other'),
    ]).toEqual([true, false])
  })

  test('narrow nobody who has the permission by their role, and lift no key', () => {
    const actor = viewer(grant('seen', 'own'))
    expect(actorAt(actor, { access: 'services.read' })).toBe(actor)
    const key: Actor = { ...actor, kind: 'key' }
    expect(actorAt(key, { access: 'services.operate' })).toBe(key)
  })

  test.each<[GrantLevel, GrantLevel[]]>([
    ['run', ['run']],
    ['operate', ['run', 'operate']],
    ['own', ['run', 'operate', 'own']],
  ])('to %s a service permit what needs %j', (level, permitted) => {
    const actor = viewer(grant('seen', level))
    expect(grantLevels.filter((needed) => mayHandle(actor, foreign, needed))).toEqual(permitted)
    expect(mayHandle(actor, { ...foreign, id: 'beside' }, 'run')).toBe(false)
  })

  test('open the code only of an algorithm that belongs to the service, and only to who is granted to own it', () => {
    const may = (level: GrantLevel, hasCode: boolean) =>
      mayChangeCode(viewer(grant('seen', level, hasCode)), foreign)
    expect([may('own', true), may('own', false), may('operate', true)]).toEqual([true, false, false])
  })

  test.each<[string, GrantLevel, ReturnType<typeof grantBarrier>, Pick<Actor, 'role' | 'permissions'>]>([
    ['a viewer', 'run', null, testActor('viewer')],
    ['a viewer', 'operate', { missing: 'services.logs' }, testActor('viewer')],
    ['a user', 'own', 'administrators', testActor('user')],
    ['an administrator', 'own', null, testActor('admin')],
    ['who may nothing', 'run', { missing: 'showcase.read' }, { role: 'user', permissions: new Set() }],
  ])('what keeps %s from granting people to %s a service: %j', (_who, level, barrier, actor) => {
    expect(grantBarrier(actor, level)).toEqual(barrier)
  })
})
