import type { EffectiveConfig } from '@vitrine/contract'

/** Keys with the same first word. */
export type ConfigGroup = { name: string; items: EffectiveConfig[] }

const hay = ({ key, title, about, description }: EffectiveConfig) =>
  [key, title, about, description].join('\n').toLowerCase()

/** Variables come first: they are what a service needs. Pure. */
const place = (name: string) => (name === 'env' ? 0 : name === 'custom' ? 2 : 1)
/** Variables that the package declares and nobody has set come first. Pure. */
const urgency = ({ declared, is_set: isSet }: EffectiveConfig) => (declared ? (isSet ? 1 : 0) : 2)

/** The keys that have a text in their key or their words, by the part before the first dot. Pure. */
export function groupsOf(items: readonly EffectiveConfig[], search: string): ConfigGroup[] {
  const wanted = search.trim().toLowerCase()
  const groups = new Map<string, EffectiveConfig[]>()
  for (const item of items) {
    if (!hay(item).includes(wanted)) continue
    const [name = ''] = item.key.split('.')
    groups.set(name, [...(groups.get(name) ?? []), item])
  }
  return [...groups]
    .map(([name, found]) => ({ name, items: found.toSorted((a, b) => urgency(a) - urgency(b)) }))
    .toSorted((a, b) => place(a.name) - place(b.name) || a.name.localeCompare(b.name))
}
