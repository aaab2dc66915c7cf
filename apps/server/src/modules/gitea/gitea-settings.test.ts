import { afterEach, beforeEach, expect, test } from 'vitest'
import { GiteaStandIn } from '../../adapters/gitea/gitea.test-setup.ts'
import { openGiteaWorld, type GiteaWorld } from './gitea.test-world.ts'

let server: GiteaStandIn
let foreign: GiteaStandIn
let world: GiteaWorld
beforeEach(async () => {
  server = await GiteaStandIn.open()
  foreign = await GiteaStandIn.open()
  world = await openGiteaWorld(server)
})
afterEach(async () => {
  await world.close()
  await foreign.close()
  await server.close()
})

test('whoever may configure, and is no administrator, neither sets the server that has everybody’s code nor its owner, and does not remove it', async () => {
  await world.setUp()
  const before = await world.configs.active()
  const { access_token: _, ...kept } = world.settings
  const elsewhere = { server_url: foreign.url, access_token: foreign.token, default_owner: foreign.owner }
  const attempts = [
    await world.ask('POST', '/config', elsewhere, 'configurer'),
    // The token that is kept would open the repositories of another owner to everybody.
    await world.ask('POST', '/config', { ...kept, default_owner: 'other' }, 'configurer'),
    await world.ask('POST', '/config', { ...kept, repo_prefix: 'x-' }, 'configurer'),
    await world.ask('DELETE', '/config', undefined, 'configurer'),
  ]
  expect(attempts.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403])
  expect(attempts.map((answer) => answer.json().error.code)).toEqual(
    attempts.map(() => 'auth.administrators_only'),
  )
  expect(attempts[0]?.json().error.message).toMatch(/[Aa]sk an administrator/)
  expect(await world.configs.active()).toEqual(before)
  // They still see what is set, and how the server answers.
  for (const path of ['/config', '/config/history', '/test-connection'])
    expect([path, (await world.ask('GET', path, undefined, 'configurer')).statusCode]).toEqual([path, 200])
})
