import { createHash } from 'node:crypto'
import { newSlug } from '@vitrine/contract'

const longest = 63
/** A sentence in Chinese becomes about three letters a character, which nobody reads or types as an id. */
const longestChinese = 32

const isChinese = (name: string): boolean => /\p{Script=Han}/u.test(name)

/**
 * The name in Latin letters, as far as it is Chinese. The dictionary takes time and memory that a start and most packages do not
 * need, so it is loaded for the first such name.
 */
async function romanised(name: string): Promise<string> {
  if (!isChinese(name)) return name
  const { pinyin } = await import('pinyin-pro')
  return pinyin(name, { toneType: 'none', type: 'array', nonZh: 'consecutive', v: true }).join('-')
}

/**
 * Makes an id from any name. Chinese becomes pinyin without tones (pinyin-pro), Latin letters lose their
 * accents, and everything else becomes hyphens. If nothing usable is left, or only a reserved word, the id
 * gets a short hash of the name.
 */
export async function slugify(name: string): Promise<string> {
  const latin = await romanised(name)
  const words = latin
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
  const slug = shortened(words.replace(/^-+/, ''), isChinese(name) ? longestChinese : longest)
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
