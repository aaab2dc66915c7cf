import type { Words } from '../../lib/words.ts'

/** The versions that the platform supports: for its runtime, and for what it loads into every Python program. */
export const supportedPythons = '>=3.8'

/** The longest alternative of a requirement that is read, in characters. Nobody writes a longer one. */
const longest = 200
/** How many alternatives of a requirement are read. Several requirements together could have their product. */
const mostAlternatives = 32

type Numbers = readonly number[]
type Clause = { sign: string; numbers: Numbers }

const clauseForm = /^(===?|=|!=|<=|>=|<|>|~=|~|\^)?\s*v?(\d{1,4}(?:\.\d{1,4}){0,2})(?:\.[*x\d]+)?$/i
/** The version that a program, a release of one or an environment of one is named by: `python-3.11.4`, `cpython-3.11.4-linux`. */
const named = /^c?python[-=@ ]*(?=\d)/i

/** The numbers at the beginning of a version: `3.13.0rc1+` has 3, 13 and 0. */
export const versionNumbers = (version: string): number[] =>
  (/^\d+(\.\d+){0,2}/.exec(version)?.[0] ?? '').split('.').filter(Boolean).map(Number)

/** Compares as many numbers as `written` has: 3.11.2 is equal to 3.11. */
function compared(version: Numbers, written: Numbers): number {
  for (const [at, number] of written.entries()) {
    const difference = (version[at] ?? 0) - number
    if (difference !== 0) return difference
  }
  return 0
}

/** The number before the last one, counted up: what a compatible version stays below. */
const next = (numbers: Numbers, kept: number): Numbers => [
  ...numbers.slice(0, kept - 1),
  (numbers[kept - 1] ?? 0) + 1,
]

function meets(version: Numbers, { sign, numbers }: Clause): boolean {
  const difference = compared(version, numbers)
  const isBelow = (limit: Numbers) => compared(version, limit) < 0
  switch (sign) {
    case '>=':
      return difference >= 0
    case '>':
      return difference > 0
    case '<=':
      return difference <= 0
    case '<':
      return difference < 0
    case '!=':
      return difference !== 0
    case '~=':
      return difference >= 0 && isBelow(next(numbers, Math.max(1, numbers.length - 1)))
    case '~':
      return difference >= 0 && isBelow(next(numbers, Math.min(2, numbers.length)))
    case '^':
      return difference >= 0 && isBelow(next(numbers, 1))
    default:
      // Another patch is the same Python for everything that a package can need.
      return compared(version, numbers.slice(0, 2)) === 0
  }
}

function clauseOf(written: string): Clause | null {
  const [, sign = '=', numbers = ''] = clauseForm.exec(written.trim().replace(named, '')) ?? []
  return numbers === '' ? null : { sign, numbers: numbers.split('.').map(Number) }
}

/** The alternatives of a requirement, each a list of clauses that must all be met. Null if it is not valid. */
function alternativesOf(requirement: string): Clause[][] | null {
  const written = requirement.split(/\|\|?/)
  if (written.length > mostAlternatives || written.some((one) => one.length > longest)) return null
  const alternatives = written.map((one) =>
    one
      .split(',')
      .filter((clause) => !['', '*'].includes(clause.trim()))
      .map(clauseOf),
  )
  const read = alternatives.map((clauses) => clauses.filter((clause) => clause !== null))
  return read.every((clauses, at) => clauses.length === alternatives[at]?.length) ? read : null
}

/** Whether this is a requirement of a version of Python, as people write it: `3.11`, `>=3.9,<3.13`, `^3.10`, `python-3.11.4`. */
export const isPythonRequirement = (text: string): boolean => alternativesOf(text) !== null

/**
 * Whether a version meets a requirement. Compares the numbers that the requirement states. Of an exact version, only the first
 * two count, because patches do not matter. False if the text is not a requirement.
 */
export function meetsPython(version: string, requirement: string): boolean {
  const numbers = versionNumbers(version)
  return (
    alternativesOf(requirement)?.some((clauses) => clauses.every((clause) => meets(numbers, clause))) ?? false
  )
}

/** Each of some alternatives with each of a requirement: the first ones, where they are very many. */
function combined(alternatives: readonly string[], requirement: string): string[] {
  const both = new Set<string>()
  for (const more of new Set(requirement.split(/\|\|?/).map((one) => one.trim())))
    for (const one of alternatives) {
      both.add([one, more].filter(Boolean).join(','))
      if (both.size === mostAlternatives) return [...both]
    }
  return [...both]
}

/** The requirement that is met where all of these are. Of very many alternatives, it has the first ones. */
export const allOf = (requirements: readonly string[]): string =>
  [...new Set(requirements)].reduce<string[]>(combined, ['']).join(' || ')

/** A Python of this machine. */
export type MachinePython = {
  file: string
  /** As Python itself prints it. A closed one cannot be run, so it has the version that its folder shows. */
  version: string
  /** The folder that the accounts of services cannot enter, so that they cannot run it. Null if they can. */
  closed: string | null
  /** Why the platform does not use it, although it is there and not closed. Absent if it does. */
  fault?: Words
}

/** Whether services can run with it. */
export const isUsable = ({ closed, fault }: Pick<MachinePython, 'closed' | 'fault'>): boolean =>
  closed === null && fault === undefined

/**
 * The Python that runs what has this requirement: the first of the machine, which is its usual one, or else the newest. Null
 * if none meets it. Without a requirement it is the usual one.
 */
export function pickPython<P extends Pick<MachinePython, 'version'>>(
  pythons: readonly P[],
  requirement: string | undefined,
): P | null {
  if (requirement === undefined) return pythons[0] ?? null
  const fitting = pythons.filter(({ version }) => meetsPython(version, requirement))
  const [usual] = pythons
  if (usual && fitting.includes(usual)) return usual
  return (
    fitting.toSorted((one, other) =>
      compared(versionNumbers(other.version), versionNumbers(one.version)),
    )[0] ?? null
  )
}
