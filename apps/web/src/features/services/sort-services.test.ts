import type { Service } from '@vitrine/contract'
import { expect, test } from 'vitest'
import { instanceFixture, serviceFixture as service } from './service.fixture.ts'
import { sortServices } from './sort-services.ts'

const instance = (cpu: number | null, memoryBytes: number | null) =>
  instanceFixture({ cpu, memory_bytes: memoryBytes })
const namesOf = (services: Service[]) => services.map(({ name }) => name)

test('services are sorted by name by the rules of the language', () => {
  const services = [service({ name: '语音' }), service({ name: '车牌' }), service({ name: 'Zebra' })]
  expect(namesOf(sortServices(services, 'name', 'zh'))).toEqual(['车牌', '语音', 'Zebra'])
  expect(namesOf(sortServices(services, '-name', 'zh'))).toEqual(['Zebra', '语音', '车牌'])
})

test('services are sorted by state, with those that need attention first', () => {
  const services = [
    service({ name: 'well' }),
    service({ name: 'stopped', status: 'STOPPED' }),
    service({ name: 'broken', status: 'FATAL' }),
  ]
  expect(namesOf(sortServices(services, 'state', 'en'))).toEqual(['broken', 'well', 'stopped'])
})

test('services are sorted by usage, with unmeasured ones last in both directions', () => {
  const services = [
    service({ name: 'none' }),
    service({ name: 'much', instances: [instance(0.9, 9), instance(0.3, 1)] }),
    service({ name: 'little', instances: [instance(0.1, 5)] }),
  ]
  expect(namesOf(sortServices(services, 'cpu', 'en'))).toEqual(['little', 'much', 'none'])
  expect(namesOf(sortServices(services, '-memory', 'en'))).toEqual(['much', 'little', 'none'])
})
