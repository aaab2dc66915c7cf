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

/** Whether another program listens there, and the platform may not see which one. */
export const isUnnamed = ({ state, holder }: PortRow): boolean =>
  holder === null && (state === 'foreign' || state === 'taken')

/** Neighbouring ports of a range with the same state, as the map draws them. */
export type PortSpan = { first: number; last: number; state: PortRow['state'] | 'free' }

/** A range divided into runs of ports with the same state, in order. */
export const portSpans = (range: PortRange, rows: readonly PortRow[]): PortSpan[] => {
  const held = rows
    .filter(({ kind, port }) => kind === range.kind && port >= range.first && port <= range.last)
    .toSorted((a, b) => a.port - b.port)
  const spans: PortSpan[] = []
  const add = (first: number, last: number, state: PortSpan['state']) => {
    const before = spans.at(-1)
    if (before?.state === state && before.last === first - 1) before.last = last
    else if (first <= last) spans.push({ first, last, state })
  }
  let next = range.first
  for (const { port, state } of held) {
    if (port < next) continue
    add(next, port - 1, 'free')
    add(port, port, state)
    next = port + 1
  }
  add(next, range.last, 'free')
  return spans
}

/** The first free port of a range. Null if it is full. */
export const firstFree = (spans: readonly PortSpan[]): number | null =>
  spans.find(({ state }) => state === 'free')?.first ?? null

/** The place of a port in the map, with `columns` ports in each row and the first at the top left. */
export const placeOf = (port: number, range: PortRange, columns: number) => ({
  x: (port - range.first) % columns,
  y: Math.floor((port - range.first) / columns),
})

/** Runs of one state as an SVG path of unit squares in the map, with small gaps. */
export const mapPath = (
  spans: readonly PortSpan[],
  state: PortSpan['state'],
  range: PortRange,
  columns: number,
): string => {
  const parts: string[] = []
  for (const span of spans) {
    if (span.state !== state) continue
    for (let port = span.first; port <= span.last; port++) {
      const { x, y } = placeOf(port, range, columns)
      parts.push(`M${x + 0.08} ${y + 0.08}h.84v.84h-.84z`)
    }
  }
  return parts.join('')
}
