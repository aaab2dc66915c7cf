import { createHash } from 'node:crypto'
import { pinyin } from 'pinyin-pro'
import { newSlug } from '@vitrine/contract'

const longest = 63
/** A sentence in Chinese becomes about three letters a character, which nobody reads or types as an id. */
const longestChinese = 32

/**
 * Makes an id from any name. Chinese becomes pinyin without tones (pinyin-pro), Latin letters lose their
 * accents, and everything else becomes hyphens. If nothing usable is left, or only a reserved word, the id
 * gets a short hash of the name.
 */
export function slugify(name: string): string {
  const latin = pinyin(name, { toneType: 'none', type: 'array', nonZh: 'consecutive', v: true })
    .join('-')
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
  const words = latin
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
  const slug = shortened(words.replace(/^-+/, ''), /\p{Script=Han}/u.test(name) ? longestChinese : longest)
  if (newSlug.safeParse(slug).success) return slug
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return slug ? `${slug}-${hash}` : `algorithm-${hash}`
}

/** The whole words that fit into `length` characters. A word that would cost more than half of them is cut instead. */
function shortened(words: string, length: number): string {
  if (words.length <= length) return words.replace(/-$/, '')
  const end = words.lastIndexOf('-', length)
  return words.slice(0, end > length / 2 ? end : length).replace(/-$/, '')
}
