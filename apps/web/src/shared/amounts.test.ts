import { expect, test } from 'vitest'
import { cpuText, durationText, setDurationText, sizeText } from './amounts.ts'
import { relativeTime } from './relative-time.ts'

test('a size is given in the unit that makes it short', () => {
  expect([0, 17, 1023, 1024, 1536, 241_172_480, 3 * 1024 ** 4].map(sizeText)).toEqual([
    '0 B',
    '17 B',
    '1023 B',
    '1 KB',
    '1.5 KB',
    '230 MB',
    '3 TB',
  ])
})

test('a duration is given in the words of the language', () => {
  expect([0, 320, 4_240, 185_000].map((ms) => durationText(ms, 'en'))).toEqual([
    '0 ms',
    '320 ms',
    '4.2 sec',
    '3 min 5 sec',
  ])
  expect(durationText(4_240, 'zh')).toBe('4.2 秒')
})

test('a duration that was set is given exactly, in the unit that people use for it', () => {
  const seconds = [0, 0.5, 1, 60, 90, 300, 3_600, 86_400, 7 * 86_400]
  expect(seconds.map((count) => setDurationText(count * 1_000, 'zh'))).toEqual([
    '0 秒',
    '500 毫秒',
    '1 秒',
    '60 秒',
    '90 秒',
    '5 分钟',
    '60 分钟',
    '24 小时',
    '7 天',
  ])
  expect([60, 86_400].map((count) => setDurationText(count * 1_000, 'en'))).toEqual([
    '60 seconds',
    '24 hours',
  ])
})

test('a share of a core is given as a percentage', () => {
  expect([0, 0.034, 1, 2.5].map(cpuText)).toEqual(['0.0%', '3.4%', '100%', '250%'])
})

test('a time is given by how long ago it was', () => {
  const now = new Date('2026-01-02T00:00:00Z')
  const ago = (seconds: number) => relativeTime(new Date(now.getTime() - seconds * 1000), now, 'zh')
  expect([5, 90, 7_200, 86_400, 864_000].map(ago)).toEqual([
    '刚刚',
    '1 分钟前',
    '2 小时前',
    '昨天',
    '10 天前',
  ])
})
