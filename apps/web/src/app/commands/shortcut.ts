/** The action of a key: open the palette, go to the search field of the page, or open the list of shortcuts. */
export type Shortcut = 'palette' | 'search' | 'help'

const singleKeys: Record<string, Shortcut> = { '/': 'search', '?': 'help' }
const takesText = 'input, textarea, select, [contenteditable="true"], [role="dialog"]'

type Key = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey' | 'defaultPrevented'>

/**
 * The action of a key. A single key has one only outside of fields and dialogs, and only if the person has not switched
 * such keys off. Pure.
 */
export const shortcutOf = (event: Key, target: Element | null, single: boolean): Shortcut | null => {
  if (event.defaultPrevented || event.altKey) return null
  if (event.ctrlKey || event.metaKey)
    return event.key.toLowerCase() === 'k' && !event.shiftKey ? 'palette' : null
  return single && target?.closest(takesText) == null ? (singleKeys[event.key] ?? null) : null
}
