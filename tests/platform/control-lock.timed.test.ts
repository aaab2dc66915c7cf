import { expect, test } from 'vitest'
import { platformsOnOneDatabase } from './one-database.ts'

const { start } = platformsOnOneDatabase()

test('after a control plane is killed, another one on its database starts within seconds', async () => {
  const { platform } = await start()
  await platform.end('SIGKILL')
  const before = performance.now()
  await start()
  expect(performance.now() - before).toBeLessThan(15_000)
}, 240_000)
