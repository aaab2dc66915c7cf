import type { PackageView } from '../../../sources/package-view.ts'
import { identifier } from '../python-code/python-source.ts'
import { fixedInCode, type AddressPart, type FixedAddress } from './fixed-address.ts'
import { assignmentOf, importOf, openSource, optionDefault, type Source, type Span } from './python-names.ts'
import { serverCalls, type ServerCall } from './python-servers.ts'

// The replacement for a fixed value. It is an expression, so that it needs no import and stays on one line.
const replacements: Readonly<Record<AddressPart, string>> = {
  port: 'int(__import__("os").environ["PORT"])',
  host: '__import__("os").environ["HOST"]',
  share: 'False',
}
/** How an author would write the same. */
const mends: Readonly<Record<AddressPart, string>> = {
  port: 'int(os.environ["PORT"])',
  host: 'os.environ["HOST"]',
  share: 'False',
}

/** The steps from a name to its assignment that are followed. */
const stepsAtMost = 4

function fixedAt(
  { path }: Source,
  { what, value, span: [start, end] }: { what: AddressPart; value: string; span: Span },
  text = replacements[what],
): FixedAddress {
  return { what, value, edit: { path, start, end, text, because: fixedInCode[what](value, mends[what]) } }
}

const isOpenHost = (host: string) => host !== '127.0.0.1' && host !== 'localhost'

/** The value of a literal that fixes an address; null for everything else, and for a host that only this machine reaches. */
function valueOfLiteral(what: AddressPart, text: string): string | null {
  if (what === 'share') return text === 'True' ? text : null
  if (what === 'port') return /^\d[\d_]*$/.test(text) ? text : null
  const host = /^(["'])([^"'\n]*)\1$/.exec(text)?.[2]
  return host !== undefined && isOpenHost(host) ? host : null
}

/** Finds a fixed default for a variable that the platform does not set: `os.getenv("SERVER_PORT", 8000)`. */
function fixedDefault(file: Source, what: AddressPart, span: Span): FixedAddress | null {
  const text = file.source.slice(...span)
  const variable = what.toUpperCase()
  const read = /^(?:int\(\s*)?(?:os\.)?(?:getenv|environ\.get)\(\s*["'](\w+)["']\s*,\s*/.exec(text)
  if (what === 'share' || !read || read[1] === variable) return null
  const [written, , value = ''] = /^(["']?)([\w.:]+)\1/.exec(text.slice(read[0].length)) ?? []
  if (written === undefined || !(what === 'port' ? /^\d+$/.test(value) : isOpenHost(value))) return null
  const start = span[0] + read[0].length
  const place: Span = [start, start + written.length]
  return fixedAt(file, { what, value, span: place }, `__import__("os").environ["${variable}"]`)
}

/** Finds a fixed address in a value of the code: a literal, a default, or a name that is followed to where it is assigned. */
async function fixedInValue(
  view: PackageView,
  { file, what, span }: { file: Source; what: AddressPart; span: Span },
  steps = 0,
): Promise<FixedAddress | null> {
  const text = file.source.slice(...span)
  const value = valueOfLiteral(what, text)
  if (value !== null) return fixedAt(file, { what, value, span })
  const inDefault = fixedDefault(file, what, span)
  if (inDefault || steps >= stepsAtMost) return inDefault
  const assigned = await assignmentOfName(view, file, text)
  return assigned && fixedInValue(view, { ...assigned, what }, steps + 1)
}

/** The value that is assigned to a name, also in another file from which that is imported, or the default of an option with that name. */
async function assignmentOfName(
  view: PackageView,
  file: Source,
  text: string,
): Promise<{ file: Source; span: Span } | null> {
  if (!new RegExp(`^${identifier}(?:\\.${identifier})*$`, 'u').test(text)) return null
  const parts = text.split('.')
  const last = parts.at(-1) ?? ''
  const imported = importOf(view, file, parts[0] ?? '')
  const holder = imported === null ? file : await openSource(view, imported.path)
  if (holder === null) return null
  const name = parts.length === 1 ? (imported?.name ?? last) : last
  const span = assignmentOf(holder, name) ?? optionDefault(holder, name)
  return span && { file: holder, span }
}

/** An argument that gives a socket in another way. */
const otherSocket = /\*\*|^\s*(?:sock|path|fd)\s*=/

/** A call without an address uses the usual one of its library. The edit adds what is not given. */
function fixedByLibrary(file: Source, { given, usual, spans, end }: ServerCall): FixedAddress | null {
  if (spans.some((span) => otherSocket.test(file.code.slice(...span)))) return null
  const missing = (['port', 'host'] as const).filter(
    (what) => usual[what] !== undefined && !given.some((one) => one.what === what),
  )
  const [what] = missing
  if (what === undefined) return null
  const isLastEmpty = file.source.slice(...(spans.at(-1) ?? [0, 0])).trim() === ''
  const added = missing.map((one) => `${one}=${replacements[one]}`).join(', ')
  const place = { what, value: usual[what] ?? '', span: [end, end] satisfies Span }
  return fixedAt(file, place, isLastEmpty ? added : `, ${added}`)
}

/**
 * The places of a Python file with a fixed address for a server. A variable is followed to where it is
 * assigned. No code is run.
 */
export async function fixedInPython(view: PackageView, path: string): Promise<FixedAddress[]> {
  const file = await openSource(view, path)
  if (file === null) return []
  const found: (FixedAddress | null)[] = []
  for (const call of serverCalls(file)) {
    const resolved = await Promise.all(call.given.map((given) => fixedInValue(view, { file, ...given })))
    found.push(...resolved, fixedByLibrary(file, call))
  }
  return found.filter((one) => one !== null)
}
