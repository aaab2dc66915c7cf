import { describe, expect, test } from 'vitest'
import { activeChunk, orderedChunks, searchChunks, spaceBetween, subtitlesOf, textOf } from './words.ts'

const chunks = [
  { text: 'Go', start: 0.2, end: 0.5 },
  { text: 'forward', start: 0.5, end: 1.1 },
  { text: 'ten', start: 1.4, end: 1.7 },
  { text: 'meters', start: 1.7, end: 2.2 },
]

describe('the spoken word', () => {
  test('is the one whose time includes the moment, from its start up to its end', () => {
    expect([0.2, 0.49, 0.5, 1.69, 2.19].map((time) => activeChunk(chunks, time))).toEqual([0, 0, 1, 2, 3])
  })

  test('is none before the first, in a pause and after the last', () => {
    expect([0, 1.2, 2.2, 99].map((time) => activeChunk(chunks, time))).toEqual([-1, -1, -1, -1])
    expect(activeChunk([], 1)).toBe(-1)
  })
})

test('chunks without text or time are left out, and the rest is ordered by time', () => {
  const [first, second] = orderedChunks([
    { text: 'b', start: 2, end: 3 },
    { text: ' ', start: 0, end: 1 },
    { text: 'c', start: Number.NaN, end: 1 },
    { text: 'a', start: 1, end: 2 },
  ])
  expect([first?.text, second?.text]).toEqual(['a', 'b'])
})

describe('the text of chunks', () => {
  test('has spaces between words and none in Chinese or before punctuation', () => {
    expect(textOf(chunks)).toBe('Go forward ten meters')
    expect(textOf(['今天', '天气', '，', '很好'].map((text, at) => ({ text, start: at, end: at + 1 })))).toBe(
      '今天天气，很好',
    )
    expect(spaceBetween('meters', ',')).toBe(false)
    expect(spaceBetween('meters', ' then')).toBe(false)
  })
})

describe('a search', () => {
  test('finds words and phrases across chunks, ignoring case and spaces', () => {
    expect(searchChunks(chunks, 'FORWARD  ten')).toEqual([[1, 2]])
    expect(searchChunks(chunks, 'e')).toEqual([[2], [3], [3]])
    expect(
      searchChunks(
        [
          { text: '今天', start: 0, end: 1 },
          { text: '天气', start: 1, end: 2 },
        ],
        '天天',
      ),
    ).toEqual([[0, 1]])
  })

  test('finds nothing if the search is empty or has no hit', () => {
    expect(searchChunks(chunks, '  ')).toEqual([])
    expect(searchChunks(chunks, 'back')).toEqual([])
  })
})

test('subtitles join words to lines and are broken at pauses', () => {
  expect(subtitlesOf([...chunks, { text: 'stop', start: 61.25, end: 62 }])).toBe(
    '1\n00:00:00,200 --> 00:00:02,200\nGo forward ten meters\n\n2\n00:01:01,250 --> 00:01:02,000\nstop\n',
  )
})
