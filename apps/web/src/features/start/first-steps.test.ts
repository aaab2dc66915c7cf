import { rolePermissions, type Role } from '@vitrine/contract'
import { describe, expect, test } from 'vitest'
import { chapters } from '../guide/guide-pages.ts'
import { stepsFor, takenSteps } from './first-steps.ts'

const namesFor = (role: Role) =>
  stepsFor((permission) => rolePermissions[role].has(permission)).map(({ name }) => name)
const nothing = {
  runs: undefined,
  comparisons: undefined,
  shares: undefined,
  keys: undefined,
  services: undefined,
  people: undefined,
}

describe('the first steps', () => {
  test('are those that the role allows, in the order of the work', () => {
    expect(namesFor('viewer')).toEqual(['try', 'compare'])
    expect(namesFor('user')).toEqual(['try', 'compare', 'deploy', 'present', 'share', 'key'])
    expect(namesFor('admin')).toEqual([...namesFor('user'), 'people', 'security'])
  })

  test('lead into chapters that the guide has', () => {
    const missing = stepsFor(() => true).filter(({ chapter }) => !chapters.some((name) => name === chapter))
    expect(missing).toEqual([])
  })

  test('count as taken by the person’s own work, and not by that of others', () => {
    expect(takenSteps('anna', nothing)).toEqual([])
    expect(takenSteps('anna', { ...nothing, runs: [{ created_by: 'bert' }], people: 1 })).toEqual([])
    const facts = {
      runs: [{ created_by: 'bert' }, { created_by: 'anna' }],
      comparisons: [],
      shares: [{ created_by: 'anna' }],
      keys: [{ owner: 'bert' }],
      services: [{ owner: 'anna' }],
      people: 2,
    }
    expect(takenSteps('anna', facts)).toEqual(['try', 'deploy', 'share', 'people'])
  })
})
