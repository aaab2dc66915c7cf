import { expect, test } from 'vitest'
import type { ServiceGroup } from '@vitrine/contract'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { requireGroup } from './require-group.ts'

const owner = testActor('user')
const service = { id: 'granted', ownerId: owner.id, ownerName: owner.name, groupId: 'one' }
const holder = {
  ...testActor('user', '22222222-2222-4222-8222-222222222222'),
  grants: [{ serviceId: 'granted', level: 'own' as const, hasCode: true }],
}
const group: ServiceGroup = {
  id: 'two',
  name: 'two',
  colour: 'red',
  position: 1,
  services: 0,
  created_at: '',
}
const groups = { get: async () => group }

test.each(['two', null])(
  'whoever owns a service by a grant alone does not choose its group (%s)',
  async (group_id) => {
    const ask = (actor: typeof owner) => requireGroup({ groups }, service, { actor, change: { group_id } })
    await expect(ask(holder)).rejects.toMatchObject({ code: 'service.not_owner' })
    await ask(owner)
    await ask(testActor('admin', '33333333-3333-4333-8333-333333333333'))
  },
)

test('the group that it has may be stated, and other settings need none', async () => {
  for (const change of [{ group_id: 'one' }, {}])
    await requireGroup({ groups }, service, { actor: holder, change })
})
