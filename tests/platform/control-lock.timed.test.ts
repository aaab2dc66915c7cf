import { expect, test } from 'vitest'
import { startStandby } from '../support/standby.ts'
import { platformsOnOneDatabase } from './one-database.ts'

const { start } = platformsOnOneDatabase()

test('after a control plane is killed, another one on its database starts within seconds', async () => {
  const { platform } = await start()
  await platform.end('SIGKILL')
  const before = performance.now()
  await start()
  expect(performance.now() - before).toBeLessThan(15_000)
}, 240_000)

test('a standby leads within five seconds after the leader was killed, and after it was ended in order', async () => {
  const settings = { VITRINE_STANDBY: 'on' }
  const { platform } = await start(settings)
  const [first, second] = [startStandby(platform, settings), startStandby(platform, settings)]
  try {
    await Promise.all([first.standsBy(), second.standsBy()])
    const killedAt = performance.now()
    await platform.end('SIGKILL')
    const next = await Promise.race([first.leads().then(() => first), second.leads().then(() => second)])
    expect((await next.leads()) - killedAt).toBeLessThan(5_000)

    const last = next === first ? second : first
    const endedAt = performance.now()
    const ended = next.end('SIGTERM')
    expect((await last.leads()) - endedAt).toBeLessThan(5_000)
    await ended
  } finally {
    await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')])
  }
}, 240_000)
