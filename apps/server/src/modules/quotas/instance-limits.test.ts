import { expect, test } from 'vitest'
import { z } from 'zod'
import { describeEnforcement } from '../../adapters/process-runner/resource-limits/enforcement.ts'
import { ceilingsOf, limitsWithin, requireWithin } from './instance-limits.ts'
import { quotaSettings } from './quotas.settings.ts'

const settings = (given: Record<string, string> = {}) => z.object(quotaSettings).parse(given)
const held = describeEnforcement([{ version: 2, folder: '/', controllers: ['memory', 'cpu', 'pids'] }])
const watched = describeEnforcement([])
const ceilings = (given: Record<string, string> = {}, enforcement = held) =>
  ceilingsOf(settings(given), { memoryMb: 1_000, enforcement })

test('an instance of an owner who states nothing has the ceilings that the kernel enforces', () => {
  const usual = { memory_mb: 750, processes: 4096, open_files: 65_536 }
  expect(limitsWithin(ceilings(), {})).toEqual(usual)
  expect(limitsWithin(ceilings({}, watched), {})).toEqual({ open_files: 65_536 })
})

test('a ceiling that the administrator has set holds for everybody, however it is enforced', () => {
  const set = ceilings({ VITRINE_CEILING_MEMORY_MB: '100', VITRINE_CEILING_CPU: '0.5' }, watched)
  expect(limitsWithin(set, {})).toEqual({ memory_mb: 100, cpu: 0.5, open_files: 65_536 })
})

test('an owner may state less. More, as it was stored under a higher ceiling, is cut to the ceiling', () => {
  const stated = { memory_mb: 64, processes: 1_000_000, open_files: 100 }
  expect(limitsWithin(ceilings(), stated)).toEqual({ memory_mb: 64, processes: 4096, open_files: 100 })
})

test('nobody gets a GPU without asking for it, and nobody more than the ceiling, which may be none', () => {
  expect(limitsWithin(ceilings(), { gpus: 64 })).toMatchObject({ gpus: 64 })
  const set = ceilings({ VITRINE_CEILING_GPUS: '2' })
  expect(limitsWithin(set, {})).not.toHaveProperty('gpus')
  expect(limitsWithin(set, { gpus: 1 })).toMatchObject({ gpus: 1 })
  expect(limitsWithin(set, { gpus: 4 })).toMatchObject({ gpus: 2 })
  const refusal = { details: { issues: [expect.objectContaining({ path: 'resources.gpus' })] } }
  const none = ceilings({ VITRINE_CEILING_GPUS: '0' })
  expect(() => requireWithin(none, { gpus: 1 }, 'resources')).toThrow(expect.objectContaining(refusal))
})

test('stating more is refused with each field and its ceiling', () => {
  const ask = () => requireWithin(ceilings(), { memory_mb: 751, processes: 4097, open_files: 1 }, 'limits')
  expect(ask).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      status: 422,
      details: {
        issues: [
          expect.objectContaining({ path: 'limits.memory_mb' }),
          expect.objectContaining({ path: 'limits.processes' }),
        ],
      },
    }),
  )
  requireWithin(ceilings(), { memory_mb: 750, cpu: 64 }, 'limits')
})
