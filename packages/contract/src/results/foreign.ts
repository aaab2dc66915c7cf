import type { Json } from '../common.ts'

/** The names of the members of a foreign value that a result needs. */
export type ForeignNames = {
  label?: string | undefined
  score?: string | undefined
  /** '' if the numbers of the box are members of the same object as the label. */
  box?: string | undefined
  /** The four numbers of a box: two corners, or a corner, width and height. */
  corners?: 'xyxy' | 'xywh' | undefined
}
/** A member that a person can name. */
export type ForeignMember = 'label' | 'score' | 'box'

/** How a value of a program that does not know our kinds becomes data of a kind. */
export type ForeignReader = {
  members: readonly ForeignMember[]
  /** The data of the kind; undefined if the value cannot be read as such. Not checked by the kind's schema. */
  read: (value: Json, names: ForeignNames) => Json | undefined
  /** The names with which this value can most likely be read. Null if it looks like something else. */
  suggest: (value: Json) => ForeignNames | null
  /** The order of suggestions: smaller ranks come first. */
  rank: number
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A member of a value; undefined if it has none. */
export const memberOf = (value: Json | undefined, name: string | undefined): Json | undefined =>
  name !== undefined && isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

/** A finite number, also if it is written as a text. */
export const numberIn = (value: Json | undefined): number | undefined => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** A value as a text for people. */
export const textIn = (value: Json): string => {
  if (typeof value === 'string') return value
  const isPlain = typeof value === 'number' || typeof value === 'boolean'
  return isPlain ? String(value) : JSON.stringify(value, null, 2)
}

const labelNames = [
  'label',
  'class',
  'class_name',
  'className',
  'name',
  'category',
  'tag',
  'labels',
  'classes',
  'prediction',
  'text',
]
const scoreNames = [
  'score',
  'confidence',
  'probability',
  'prob',
  'conf',
  'scores',
  'probabilities',
  'similarity',
]
const boxNames = ['box', 'bbox', 'bounding_box', 'boundingBox', 'rect', 'xyxy', 'xywh', 'location']

const nameIn = (value: Json | undefined, names: readonly string[]): string | undefined =>
  names.find((name) => memberOf(value, name) !== undefined)

const firstOf = (value: Json): Json | undefined => (Array.isArray(value) ? value[0] : value)

/** The usual names of label and score in a value or in its first item. */
export const scoredNames = (value: Json): ForeignNames => ({
  label: nameIn(firstOf(value), labelNames),
  score: nameIn(firstOf(value), scoreNames),
})

/**
 * The usual name of a box in a value or in its first item. '' if its numbers are members of the same object as the
 * label.
 */
export const boxName = (value: Json): string | undefined => {
  const item = firstOf(value)
  const named = nameIn(item, boxNames)
  if (named !== undefined) return named
  return isObject(item) && boxIn(item, undefined) !== undefined ? '' : undefined
}

/** Whether a value is `{label: score}`. */
export const isScores = (value: Json): boolean => {
  const scores = isObject(value) ? Object.values(value) : []
  return scores.length > 1 && scores.every((score) => typeof score === 'number' && score >= 0 && score <= 1)
}

/** A label with a score, and the value that contains them. */
export type Scored = { label: string; score: number; from: Json }

/**
 * The labels with scores in a value: a list of objects, one object, `{label: score}`, or two parallel lists. A missing
 * score is NaN, which no schema accepts. If no name for the score is given, it is 1.
 */
export function scoredIn(value: Json, { label, score }: ForeignNames): Scored[] {
  const scoreOf = (found: Json | undefined) => numberIn(found) ?? Number.NaN
  const labels = memberOf(value, label)
  const scores = memberOf(value, score)
  if (Array.isArray(labels) && Array.isArray(scores))
    return labels.map((each, at) => ({ label: textIn(each), score: scoreOf(scores[at]), from: value }))
  if (isObject(value) && label === undefined)
    return Object.entries(value).map(([name, each]) => ({ label: name, score: scoreOf(each), from: each }))
  return (Array.isArray(value) ? value : [value]).map((from) => ({
    label: textIn(memberOf(from, label) ?? ''),
    score: score === undefined ? 1 : scoreOf(memberOf(from, score)),
    from,
  }))
}

const cornerNames: readonly (readonly string[])[] = [
  ['xmin', 'ymin', 'xmax', 'ymax'],
  ['x_min', 'y_min', 'x_max', 'y_max'],
  ['x1', 'y1', 'x2', 'y2'],
  ['left', 'top', 'right', 'bottom'],
]
const sizeNames: readonly (readonly string[])[] = [
  ['x', 'y', 'w', 'h'],
  ['x', 'y', 'width', 'height'],
  ['left', 'top', 'width', 'height'],
]

type Four = readonly [number, number, number, number]

function fourOf(values: readonly (Json | undefined)[]): Four | undefined {
  const [a, b, c, d, ...others] = values.map(numberIn)
  const isFour = a !== undefined && b !== undefined && c !== undefined && d !== undefined
  return isFour && others.length === 0 ? [a, b, c, d] : undefined
}

const fourNamed = (value: Json, all: readonly (readonly string[])[]): Four | undefined =>
  all.map((names) => fourOf(names.map((name) => memberOf(value, name)))).find((found) => found !== undefined)

/** The corners of a box in any of its usual forms; undefined for anything else. */
export function boxIn(value: Json | undefined, corners: ForeignNames['corners']): Json | undefined {
  if (value === undefined) return undefined
  const list = Array.isArray(value) ? fourOf(value) : undefined
  const edges = fourNamed(value, cornerNames) ?? (corners === 'xywh' ? undefined : list)
  if (edges) return { xmin: edges[0], ymin: edges[1], xmax: edges[2], ymax: edges[3] }
  const sized = fourNamed(value, sizeNames) ?? list
  return sized && { xmin: sized[0], ymin: sized[1], xmax: sized[0] + sized[2], ymax: sized[1] + sized[3] }
}
