import type { PortRow } from '@vitrine/contract'

/** A range of ports of one kind, with its first and last port. */
export type PortRange = { kind: PortRow['kind']; first: number; last: number }

/** Rows that contain the text in their port, their service or the listening process. */
export const matchingPorts = (rows: readonly PortRow[], text: string): readonly PortRow[] => {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return rows
  return rows.filter(
    ({ port, owner, holder }) =>
      String(port).includes(wanted) ||
      (owner?.service_id.includes(wanted) ?? false) ||
      (holder !== null && (String(holder.pid) === wanted || holder.command.toLowerCase().includes(wanted))),
  )
}

/** Neighbouring ports of a range with the same state, as the map draws them. */
export type Stretch = { first: number; last: number; state: PortRow['state'] | 'free' }

/** A range divided into runs of ports with the same state, in order. */
export const stretchesOf = (range: PortRange, rows: readonly PortRow[]): Stretch[] => {
  const held = rows
    .filter(({ kind, port }) => kind === range.kind && port >= range.first && port <= range.last)
    .toSorted((a, b) => a.port - b.port)
  const stretches: Stretch[] = []
  const add = (first: number, last: number, state: Stretch['state']) => {
    const before = stretches.at(-1)
    if (before?.state === state && before.last === first - 1) before.last = last
    else if (first <= last) stretches.push({ first, last, state })
  }
  let next = range.first
  for (const { port, state } of held) {
    if (port < next) continue
    add(next, port - 1, 'free')
    add(port, port, state)
    next = port + 1
  }
  add(next, range.last, 'free')
  return stretches
}

/** The first free port of a range. Null if it is full. */
export const firstFree = (stretches: readonly Stretch[]): number | null =>
  stretches.find(({ state }) => state === 'free')?.first ?? null

/** The place of a port in the map, with `columns` ports in each row and the first at the top left. */
export const placeOf = (port: number, range: PortRange, columns: number) => ({
  x: (port - range.first) % columns,
  y: Math.floor((port - range.first) / columns),
})

/** Runs of one state as an SVG path of unit squares in the map, with small gaps. */
export const mapPath = (
  stretches: readonly Stretch[],
  state: Stretch['state'],
  range: PortRange,
  columns: number,
): string => {
  const parts: string[] = []
  for (const stretch of stretches) {
    if (stretch.state !== state) continue
    for (let port = stretch.first; port <= stretch.last; port++) {
      const { x, y } = placeOf(port, range, columns)
      parts.push(`M${x + 0.08} ${y + 0.08}h.84v.84h-.84z`)
    }
  }
  return parts.join('')
}
