import { EventEmitter, once } from 'node:events'
import { expect, test } from 'vitest'
import { testActor } from '../../../../../tests/support/test-app.ts'
import { systemClock } from '../../lib/clock.ts'
import { createCodeQuota } from './code-quota.ts'
import { defaultQuotas } from './quotas.ts'

test('a change that is made while the repository is measured is counted at once', async () => {
  const quotas = defaultQuotas()
  quotas.person.codeBytes = 100
  const owner = testActor('user')
  const algorithm = { id: 'one', ownerId: owner.id }
  const events = new EventEmitter()
  let stored = 0
  let wait: Promise<unknown> = Promise.resolve()
  const quota = createCodeQuota({
    quotas,
    ownedBy: async () => ['one'],
    async measure(ids) {
      const sizes = new Map(ids.map((id) => [id, stored]))
      events.emit('measured')
      await wait
      return sizes
    },
    clock: systemClock,
  })
  const first = await quota.enter(owner, algorithm, 40)
  const second = await quota.enter(owner, algorithm, 30)
  stored = 30
  second.giveBack()
  wait = once(events, 'go on')
  const measured = once(events, 'measured')
  const third = quota.enter(owner, algorithm, 100)
  await measured
  stored = 70
  first.giveBack()
  events.emit('go on')
  wait = Promise.resolve()
  expect((await third).bytes).toBe(30)
})
