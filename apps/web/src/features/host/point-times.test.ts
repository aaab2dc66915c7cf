import { expect, test } from 'vitest'
import { pointTimes } from './point-times.ts'

const local = (text: string): string => new Date(`2026-01-01T${text}`).toISOString()

test('points are named by the minute, with seconds if a minute has several', () => {
  expect(pointTimes([local('08:01:30'), local('08:02:30')], 'zh')).toEqual(['08:01', '08:02'])
  expect(pointTimes([local('08:01:00'), local('08:01:30')], 'zh')).toEqual(['08:01:00', '08:01:30'])
  expect(pointTimes([], 'zh')).toEqual([])
})
