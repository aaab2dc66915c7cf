// Bright enough to be visible on photographs. Black text is readable on each (contrast ≥ 4.5).
const palette = [
  '#4cc9f0',
  '#ffb703',
  '#80ed99',
  '#ff8fab',
  '#b79cff',
  '#f4a261',
  '#2ec4b6',
  '#f1fa3c',
  '#9bd1ff',
  '#ff9770',
] as const

const hash = (text: string): number => {
  let value = 0
  for (let index = 0; index < text.length; index++) value = (value * 31 + text.charCodeAt(index)) >>> 0
  return value
}

/**
 * A colour for each label. The label's hash chooses it, so a label keeps its colour from run to run. If two
 * labels in a picture want the same colour, the later one by name takes the next free one. With more than ten
 * labels, colours repeat.
 */
export const labelColours = (labels: Iterable<string>): ReadonlyMap<string, string> => {
  const colours = new Map<string, string>()
  const taken = new Set<number>()
  for (const label of [...new Set(labels)].sort()) {
    let place = hash(label) % palette.length
    if (taken.size < palette.length) while (taken.has(place)) place = (place + 1) % palette.length
    taken.add(place)
    colours.set(label, palette[place] ?? palette[0])
  }
  return colours
}

/** The colour of a thing by its id. It is the same in every run, however many others there are. */
export const idColour = (id: string): string => palette[hash(id) % palette.length] ?? palette[0]
