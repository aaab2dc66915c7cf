import { describe, expect, test } from 'vitest'
import { serviceFixture } from '../services/service.fixture.ts'
import { attentionOf } from './attention.ts'

const well = serviceFixture({ id: 'well' })
const starting = serviceFixture({ id: 'starting', status: 'STARTING', health: 'UNKNOWN' })
const broken = serviceFixture({ id: 'broken', status: 'FATAL', health: 'UNKNOWN' })

describe('what needs attention', () => {
  test('is said to be nothing only where there are services, and all of them are up', () => {
    expect(attentionOf([]).calm).toBe('start.no_services')
    expect(attentionOf([well, starting])).toMatchObject({ calm: 'start.some_starting', starting: 1 })
    expect(attentionOf([well])).toEqual({ troubles: [], starting: 0, calm: 'start.all_well' })
  })

  test('is also a service whose front port is taken', () => {
    const taken = serviceFixture({ id: 'taken', reason: '独立端口 8001 被其他程序占用' })
    expect(attentionOf([well, taken]).troubles.map(({ id }) => id)).toEqual(['taken'])
  })

  test('is what is broken and may be operated by this person', () => {
    expect(attentionOf([well, broken]).troubles.map(({ id }) => id)).toEqual(['broken'])
    const ofOthers = serviceFixture({ status: 'FATAL', health: 'UNKNOWN', may_operate: false })
    expect(attentionOf([ofOthers])).toEqual({ troubles: [], starting: 0, calm: 'start.no_services' })
  })
})
