import { expect, test } from 'vitest'
import { packageManagerOf } from '../node-projects/package-manager.ts'
import { managerCommands } from './node-manager-commands.ts'

const tools = {
  npm: 'npm',
  node: 'node',
  temporary: '/tmp/x',
  access: { registry: null, caFile: null, isChecked: true },
}

async function installOf(lock: string) {
  const manager = await packageManagerOf(
    {},
    { has: (name) => name === 'package-lock.json', textOf: async () => lock },
  )
  const { install, prune } = managerCommands(manager, tools)
  return [...install(false), ...prune].map(({ args }) => args.join(' '))
}

test('a lock file of npm before 7 is installed as that npm did, without a look at what packages want beside them', async () => {
  const all = await installOf('{\n  "name": "x",\n  "lockfileVersion": 1,\n  "requires": true\n}')
  expect(all).toHaveLength(2)
  for (const one of all) expect(one).toContain('--legacy-peer-deps')
  expect(all[0]).toMatch(/^ci /)
})

test.each(['{"lockfileVersion": 3}', '{"lockfileVersion": 2}'])('a newer one is not: %s', async (lock) => {
  for (const one of await installOf(lock)) expect(one).not.toContain('--legacy-peer-deps')
})
