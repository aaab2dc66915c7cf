import { createHash } from 'node:crypto'
import { pinyin } from 'pinyin-pro'
import { newSlug } from '@vitrine/contract'

const longest = 63

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
  const slug = words.slice(0, longest).replaceAll(/^-+|-+$/g, '')
  if (newSlug.safeParse(slug).success) return slug
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  return slug ? `${slug}-${hash}` : `algorithm-${hash}`
}
