/** A rectangle in any unit, e.g. pixels of the picture. */
export type Box = { xmin: number; ymin: number; xmax: number; ymax: number }
/** Something found in a picture, with its box. */
export type BoxedThing = { label: string; box: Box }

const area = ({ xmin, ymin, xmax, ymax }: Box): number => Math.max(0, xmax - xmin) * Math.max(0, ymax - ymin)

/** Intersection over union of two boxes, 0–1. 0 if both are empty. */
export const iou = (a: Box, b: Box): number => {
  const shared = area({
    xmin: Math.max(a.xmin, b.xmin),
    ymin: Math.max(a.ymin, b.ymin),
    xmax: Math.min(a.xmax, b.xmax),
    ymax: Math.min(a.ymax, b.ymax),
  })
  const union = area(a) + area(b) - shared
  return union === 0 ? 0 : shared / union
}

/**
 * Two boxes that show the same thing: in the same place, moved, or with another label. The numbers are
 * indexes of the two lists.
 */
export type BoxPair = { base: number; other: number; iou: number; state: 'same' | 'moved' | 'relabelled' }
/** How the boxes of one result relate to those of another. */
export type BoxMatch = { pairs: BoxPair[]; onlyBase: number[]; onlyOther: number[] }

/** A box with at least this overlap counts as in the same place. Detection benchmarks (PASCAL VOC) use 0.5. */
const sameIou = 0.5
/** A box with at least this overlap is the same thing, but has moved. */
const movedIou = 0.1

/** Pairs boxes by overlap, the greatest first: first within each label, then across labels. Each box is used once. */
export const matchBoxes = (base: readonly BoxedThing[], other: readonly BoxedThing[]): BoxMatch => {
  const candidates = base
    .flatMap((a, i) =>
      other.map((b, j) => ({ base: i, other: j, iou: iou(a.box, b.box), alike: a.label === b.label })),
    )
    .filter((pair) => pair.iou >= (pair.alike ? movedIou : sameIou))
    .sort((a, b) => Number(b.alike) - Number(a.alike) || b.iou - a.iou)
  const [baseTaken, otherTaken] = [new Set<number>(), new Set<number>()]
  const pairs: BoxPair[] = []
  for (const { alike, ...pair } of candidates) {
    if (baseTaken.has(pair.base) || otherTaken.has(pair.other)) continue
    baseTaken.add(pair.base)
    otherTaken.add(pair.other)
    pairs.push({ ...pair, state: alike ? (pair.iou >= sameIou ? 'same' : 'moved') : 'relabelled' })
  }
  const left = (things: readonly BoxedThing[], taken: ReadonlySet<number>) =>
    things.map((_, index) => index).filter((index) => !taken.has(index))
  return { pairs, onlyBase: left(base, baseTaken), onlyOther: left(other, otherTaken) }
}

/** The number of boxes in each state. */
export type BoxCounts = Record<BoxPair['state'] | 'onlyBase' | 'onlyOther', number>

/** Counts the boxes of a match by state. */
export const countMatch = ({ pairs, onlyBase, onlyOther }: BoxMatch): BoxCounts => {
  const count = (state: BoxPair['state']) => pairs.filter((pair) => pair.state === state).length
  return {
    same: count('same'),
    moved: count('moved'),
    relabelled: count('relabelled'),
    onlyBase: onlyBase.length,
    onlyOther: onlyOther.length,
  }
}
