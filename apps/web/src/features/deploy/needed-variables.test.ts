import { expect, test } from 'vitest'
import { ApiError } from '../../api/client.ts'
import { askedVariables, missingVariablesIn } from './needed-variables.ts'

const refused = new ApiError({
  code: 'config.values_missing',
  message: 'missing',
  details: { names: ['MODEL_TOKEN'] },
  status: 422,
})

test('a refused deploy names the variables that have no value, and every other error none', () => {
  expect(missingVariablesIn(refused)).toEqual(['MODEL_TOKEN'])
  expect(missingVariablesIn(new ApiError({ code: 'port.taken', message: '', status: 409 }))).toEqual([])
  expect(missingVariablesIn(null)).toEqual([])
})

test('what the package declares is asked for once, but not what the platform itself sets', () => {
  expect(askedVariables(['GREETING', 'PORT', 'MODEL_TOKEN'], ['MODEL_TOKEN'])).toEqual([
    'GREETING',
    'MODEL_TOKEN',
  ])
})
