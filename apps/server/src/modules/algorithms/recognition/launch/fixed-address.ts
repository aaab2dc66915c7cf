import type { PackageView } from '../../../sources/package-view.ts'
import { say } from '../plan.ts'
import { bracketEnd, identifier, splitOutside } from '../python/python-source.ts'
import {
  assignmentOf,
  importOf,
  openSource,
  optionDefault,
  trimmed,
  type Source,
  type Span,
} from './python-names.ts'
import { selfServing, type SelfServing } from './self-serving.ts'
import type { TextEdit } from './text-edit.ts'

/**
 * A place in code with a fixed port or host for a server; `value` is that port or host. `share` opens the server to the
 * internet through somebody else's.
 */
export type FixedAddress = { what: 'port' | 'host' | 'share'; value: string; edit: TextEdit }

type What = FixedAddress['what']

// The replacement for a fixed value. It is an expression, so that it needs no import and stays on one line.
const written = {
  port: 'int(__import__("os").environ["PORT"])',
  host: '__import__("os").environ["HOST"]',
  share: 'False',
}

const words = {
  port: (value: string) =>
    say(
      `端口固定为 ${value}。端口由平台分配，请写成 int(os.environ["PORT"])`,
      `The port is fixed to ${value}. The platform chooses the port. Write int(os.environ["PORT"])`,
    ),
  host: (value: string) =>
    say(
      `监听地址固定为 ${value}，会绕过网关对外开放。请写成 os.environ["HOST"]`,
      `The address is fixed to ${value}, which is reachable without the gateway. Write os.environ["HOST"]`,
    ),
  share: (value: string) =>
    say(
      `share=${value} 会通过 Gradio 的服务器把服务公开到互联网。请写成 share=False`,
      `share=${value} opens the service to the internet through a server of Gradio. Write share=False`,
    ),
}

function fixed(
  file: Source,
  what: What,
  value: string,
  [start, end]: Span,
  text = written[what],
): FixedAddress {
  return { what, value, edit: { path: file.path, start, end, text, because: words[what](value) } }
}

const isOpenHost = (host: string) => host !== '127.0.0.1' && host !== 'localhost'

/** Finds a fixed value in a literal. It may also be the default for a variable that the platform does not set. */
function literal(file: Source, what: What, span: Span): FixedAddress | null {
  const text = file.source.slice(...span)
  if (what === 'port' && /^\d[\d_]*$/.test(text)) return fixed(file, what, text, span)
  if (what === 'share') return text === 'True' ? fixed(file, what, text, span) : null
  const host = what === 'host' ? /^(["'])([^"'\n]*)\1$/.exec(text)?.[2] : undefined
  if (host !== undefined) return isOpenHost(host) ? fixed(file, what, host, span) : null
  const fallback = /^(?:int\(\s*)?(?:os\.)?(?:getenv|environ\.get)\(\s*["'](\w+)["']\s*,\s*/.exec(text)
  if (!fallback || fallback[1] === what.toUpperCase()) return null
  const rest = /^(["']?)([\w.:]+)\1/.exec(text.slice(fallback[0].length))
  if (!rest?.[2] || (what === 'port' ? !/^\d+$/.test(rest[2]) : !isOpenHost(rest[2]))) return null
  const start = span[0] + fallback[0].length
  return fixed(
    file,
    what,
    rest[2],
    [start, start + rest[0].length],
    `__import__("os").environ["${what.toUpperCase()}"]`,
  )
}

const stepsAtMost = 4
/**
 * More calls of servers than any real program has. Each call may mean a search through whole files, and
 * packages can be hostile.
 */
const callsAtMost = 50
/** A longer call, in characters, is none of a server. Neither is one with more arguments that say where it listens. */
const [callAtMost, givenAtMost] = [20_000, 8]

async function resolve(
  view: PackageView,
  file: Source,
  what: What,
  span: Span,
  steps = 0,
): Promise<FixedAddress | null> {
  const here = literal(file, what, span)
  if (here || steps >= stepsAtMost) return here
  const text = file.source.slice(...span)
  if (!new RegExp(`^${identifier}(?:\\.${identifier})*$`, 'u').test(text)) return null
  const parts = text.split('.')
  const last = parts.at(-1) ?? ''
  const imported = importOf(view, file, parts[0] ?? '')
  const holder = imported === null ? file : await openSource(view, imported.path)
  const name = parts.length === 1 ? (imported?.name ?? last) : last
  const place = holder && (assignmentOf(holder, name) ?? optionDefault(holder, name))
  return holder && place ? resolve(view, holder, what, place, steps + 1) : null
}

const callPattern =
  /(?<![\w.])(uvicorn\.Config|(?:\w+\.)*(?:run|serve|run_simple|run_app|launch|listen|make_server|HTTPServer|ThreadingHTTPServer|WSGIServer))\s*\(|\)\s*(\.\s*(?:launch|run))\s*\(/g
const keywords: Readonly<Record<string, What>> = {
  port: 'port',
  server_port: 'port',
  host: 'host',
  server_name: 'host',
}

type Argument = { what: What; span: Span }

/** The arguments of a call that say where it listens. */
function addressArguments(file: Source, callee: string, spans: readonly Span[]): Argument[] {
  const [first, second] = spans
  const plain = (what: What, span: Span | undefined): Argument[] =>
    span ? [{ what, span: trimmed(file, span) }] : []
  if (callee.endsWith('Server') && callee !== 'make_server' && first) {
    const [start, end] = trimmed(file, first)
    if (file.code[start] !== '(') return []
    const [host, port] = splitOutside(file.code, start + 1, end - 1, ',')
    return [...plain('host', host), ...plain('port', port)]
  }
  if (/(^|\.)make_server$/.test(callee)) return [...plain('host', first), ...plain('port', second)]
  const named = spans.flatMap((span) => {
    const keyword = /^\s*(\w+)\s*=(?!=)/.exec(file.code.slice(...span))
    const name = keyword?.[1] ?? ''
    const what = name === 'share' && callee.endsWith('launch') ? 'share' : keywords[name]
    return what && keyword ? plain(what, [span[0] + keyword[0].length, span[1]]) : []
  })
  if (callee.endsWith('.listen') && named.length === 0) return plain('port', first)
  return named
}

/** The usual addresses of servers whose calls may leave them out. */
function usualAddress(
  callee: string,
  library: SelfServing | undefined,
  { code }: Pick<Source, 'code'>,
): Partial<Record<What, string>> {
  if (callee === 'uvicorn.run') return { port: '8000' }
  if (/(^|\.)run_app$/.test(callee) && /\baiohttp\b/.test(code)) return { port: '8080', host: '0.0.0.0' }
  if (!callee.endsWith('.run') || library === undefined) return {}
  return library === 'Flask' ? { port: '5000' } : { port: '8000', host: '0.0.0.0' }
}

/** A call without an address uses the usual one of the library. */
function missingAddress(
  file: Source,
  usual: Partial<Record<What, string>>,
  call: { spans: readonly Span[]; end: number; given: readonly Argument[] },
): FixedAddress | null {
  const { spans, end, given } = call
  // A socket that is given in another way is an address, too.
  const isGiven = /\*\*|^\s*(?:sock|path|fd)\s*=/
  if (spans.some(([from, to]) => isGiven.test(file.code.slice(from, to)))) return null
  const missing = (['port', 'host'] as const).filter(
    (what) => usual[what] !== undefined && !given.some((one) => one.what === what),
  )
  const [first] = missing
  if (first === undefined) return null
  const lastIsEmpty = file.source.slice(...(spans.at(-1) ?? [0, 0])).trim() === ''
  const text = missing.map((what) => `${what}=${written[what]}`).join(', ')
  return fixed(file, first, usual[first] ?? '', [end, end], `${lastIsEmpty ? '' : ', '}${text}`)
}

/**
 * The places of a Python file with a fixed address for a server. A variable is followed to where it is
 * assigned. No code is run.
 */
export async function fixedAddresses(view: PackageView, path: string): Promise<FixedAddress[]> {
  const file = await openSource(view, path)
  if (file === null) return []
  const found: FixedAddress[] = []
  const libraryOf = selfServing(file)
  for (const match of [...file.code.matchAll(callPattern)].slice(0, callsAtMost)) {
    const callee = match[1] ?? match[2] ?? ''
    // A callee without a name follows the bracket of another call, with which the match begins.
    const at = match[1] === undefined ? match.index + 1 : match.index
    const opening = match.index + match[0].length - 1
    const end = opening + bracketEnd(file.code.slice(opening, opening + callAtMost), 0)
    if (end >= opening + callAtMost) continue
    const spans = splitOutside(file.code, opening + 1, end, ',')
    const given = addressArguments(file, callee, spans).slice(0, givenAtMost)
    const resolved = await Promise.all(given.map(({ what, span }) => resolve(view, file, what, span)))
    const usual = usualAddress(callee, libraryOf(callee, at), file)
    const missing = missingAddress(file, usual, { spans, end, given })
    found.push(...[...resolved, missing].filter((one) => one !== null))
  }
  return found
}
