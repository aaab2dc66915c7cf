import { expect, test } from 'vitest'
import { stageFixture } from '../stage/stage.fixture.ts'
import { stageKey, type SetupColumn } from './setup-columns.ts'
import { setupForms } from './setup-forms.ts'

const closed = (name: string) =>
  stageFixture({
    parameters: { properties: { [name]: { type: 'string', default: 'x' } }, additionalProperties: false },
  })

test('each column has the form of its own release, and names the chosen parameters that it lacks', () => {
  const now: SetupColumn = { key: 0, serviceId: 'it', release: null, parameters: { way: 'a' } }
  const older: SetupColumn = { ...now, key: 1, release: 1 }
  const stages = new Map([
    [stageKey(now), closed('way')],
    [stageKey(older), closed('mode')],
  ])
  const forms = setupForms([now, older], stages, {})
  expect(forms.map(({ fields, values, leftOut }) => [fields[0]?.key, values, leftOut])).toEqual([
    ['way', { way: 'a' }, []],
    ['mode', { mode: 'x' }, ['way']],
  ])
})
