import { expect, test } from 'vitest'
import { compareWords } from './words.ts'

const marked = async (base: string, other: string): Promise<string> => {
  const signs = { same: '', added: '+', removed: '-' }
  const { parts } = await compareWords(base, other)
  return parts.map(({ text, state }) => (state === 'same' ? text : `[${signs[state]}${text}]`)).join('')
}

test.each([
  ['the same text', 'go forward ten meters', 'go forward ten meters', 'go forward ten meters'],
  ['another word', 'go forward ten meters', 'go forward two meters', 'go forward [-ten][+two] meters'],
  ['a word more', 'go meters', 'go ten meters', 'go [+ten ]meters'],
  ['a word less', 'go ten meters', 'go meters', 'go [-ten ]meters'],
  ['Chinese words', '今天天气很好', '今天天气不好', '今天天气[-很好][+不好]'],
  ['nothing before', '', 'go', '[+go]'],
  ['nothing at all', '', '', ''],
])('%s', async (_name, base, other, expected) => {
  // How Chinese is divided into words depends on the segmenter, so only the resulting texts are checked.
  const text = await marked(base, other)
  if (/\p{Script=Han}/u.test(base)) {
    expect(text.replace(/\[\+.*?\]/g, '').replace(/\[-(.*?)\]/g, '$1')).toBe(base)
    expect(text.replace(/\[-.*?\]/g, '').replace(/\[\+(.*?)\]/g, '$1')).toBe(other)
    expect(text.startsWith('今天天气')).toBe(true)
  } else expect(text).toBe(expected)
})

test('the share of common words counts only words, relative to the longer text', async () => {
  expect((await compareWords('a b c d', 'a b x d')).share).toBe(0.75)
  expect((await compareWords('a b', 'a b c d')).share).toBe(0.5)
  expect((await compareWords('', '')).share).toBe(1)
  expect((await compareWords('。', '！')).share).toBe(0)
})
