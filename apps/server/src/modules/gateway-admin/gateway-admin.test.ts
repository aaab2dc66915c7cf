import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { beginSwitch } from './gateway-admin.usecases.ts'

/** What a task that begins throws here. */
const begun = new Error('the switch begins')

const switchAs = (actor: Parameters<typeof beginSwitch>[1]['actor']) =>
  beginSwitch(
    {
      gateway: { kind: 'embedded', possible: ['embedded', 'nginx'] },
      setting: null,
      runner: { start: () => Promise.reject(begun) },
    },
    { actor, driver: 'nginx' },
  )

test('only administrators choose the gateway of everybody, not everybody who may manage it', async () => {
  const keeper = { ...testActor('user'), permissions: testActor('admin').permissions }
  await expect(switchAs(keeper)).rejects.toMatchObject({ code: 'auth.administrators_only', status: 403 })
  await expect(switchAs(testActor('admin'))).rejects.toBe(begun)
})
