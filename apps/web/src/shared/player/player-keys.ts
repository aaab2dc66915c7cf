/** The command of a key in a player. */
export type KeyCommand =
  | { type: 'toggle' | 'mute' | 'fullscreen' | 'start' | 'end' }
  | { type: 'skip'; seconds: number }
  | { type: 'step'; frames: number }

const commands: Readonly<Record<string, KeyCommand>> = {
  ' ': { type: 'toggle' },
  k: { type: 'toggle' },
  m: { type: 'mute' },
  f: { type: 'fullscreen' },
  Home: { type: 'start' },
  End: { type: 'end' },
  ArrowLeft: { type: 'skip', seconds: -5 },
  ArrowRight: { type: 'skip', seconds: 5 },
  ',': { type: 'step', frames: -1 },
  '.': { type: 'step', frames: 1 },
}

/**
 * The command of a key in a player. Null if it has none, or if the key belongs to the browser, a button or a
 * list.
 */
export const keyCommand = (
  event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
  target: { tag: string; type: string },
): KeyCommand | null => {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  if (target.tag === 'SELECT' || target.tag === 'TEXTAREA') return null
  if (target.tag === 'INPUT' && target.type !== 'range') return null
  if (target.tag === 'BUTTON' && event.key === ' ') return null
  return commands[event.key] ?? null
}
