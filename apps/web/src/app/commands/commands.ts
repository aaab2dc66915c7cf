/** The kinds of things that the palette finds, in the order in which equally good ones are shown. */
export const commandGroups = [
  'page',
  'action',
  'service',
  'algorithm',
  'comparison',
  'share',
  'asset',
  'model',
  'task',
  'user',
  'key',
] as const
/** A kind of thing that the palette finds. */
export type CommandGroup = (typeof commandGroups)[number]

/** Something that the palette finds and does. */
export type Command = {
  id: string
  group: CommandGroup
  title: string
  /** Distinguishes it from others with the same title, such as the id. It is shown and can be searched. */
  hint?: string
  /** Further names, in any language, by which it can be found. They are not shown. */
  alsoCalled?: readonly string[]
  /** Shown before anything is typed. */
  first?: boolean
  run: () => unknown
}

/** Commands of one group, best first. */
export type CommandSection = { group: CommandGroup; commands: Command[] }

/** The most commands that are shown of a group. */
const mostOfGroup = 12

/** How well a command fits: 0 is best; null does not fit. Each word must be somewhere in its texts. */
const fitOf = ({ title, hint = '', alsoCalled = [] }: Command, words: readonly string[]): number | null => {
  const name = title.toLowerCase()
  const all = [name, hint, ...alsoCalled].join(' ').toLowerCase()
  if (!words.every((word) => all.includes(word))) return null
  const whole = words.join(' ')
  if (name === whole) return 0
  if (name.startsWith(whole)) return 1
  return words.every((word) => name.includes(word)) ? 2 : 3
}

/**
 * The commands that fit a text, by group. The group with the best one comes first, so that Enter does what was meant. Without
 * a text, those that are marked as first. Pure.
 */
export const matchingCommands = (commands: readonly Command[], text: string): CommandSection[] => {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const fitting = commands.flatMap((command) => {
    const fit = words.length === 0 ? (command.first === true ? 0 : null) : fitOf(command, words)
    return fit === null ? [] : [{ command, fit }]
  })
  return commandGroups
    .map((group) =>
      fitting.filter(({ command }) => command.group === group).toSorted((a, b) => a.fit - b.fit),
    )
    .filter((found) => found.length > 0)
    .toSorted((a, b) => (a[0]?.fit ?? 0) - (b[0]?.fit ?? 0))
    .map((found) => ({
      group: found[0]?.command.group ?? 'page',
      commands: found.slice(0, mostOfGroup).map(({ command }) => command),
    }))
}
