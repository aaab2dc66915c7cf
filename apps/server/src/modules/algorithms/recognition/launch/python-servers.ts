import { bracketEnd, splitOutside } from '../python-code/python-source.ts'
import type { AddressPart } from './fixed-address.ts'
import { trimmed, type Source, type Span } from './python-names.ts'
import { selfServing, type SelfServing } from './self-serving.ts'

/**
 * A call that starts a server. `given` are the arguments that say where it listens. `usual` is the address of the library
 * for what is not given; empty if nothing is known of it.
 */
export type ServerCall = {
  given: { what: AddressPart; span: Span }[]
  usual: Partial<Record<'port' | 'host', string>>
  /** The places of all arguments. `end` is the place of the bracket after them. */
  spans: readonly Span[]
  end: number
}

/** The callee of a call, as it is written, with its arguments. `library` is set if its object serves itself by `run`. */
type Call = { file: Source; callee: string; spans: readonly Span[]; library: SelfServing | undefined }

/**
 * More calls of servers than any real program has. Each call may mean a search through whole files, and
 * packages can be hostile.
 */
const callsAtMost = 50
/** A longer call (in characters) is not taken for a server's, and neither is one with more arguments that say where it listens. */
const [callAtMost, givenAtMost] = [20_000, 8]

const calls =
  /(?<![\w.])(uvicorn\.Config|(?:\w+\.)*(?:run|serve|run_simple|run_app|launch|listen|make_server|HTTPServer|ThreadingHTTPServer|WSGIServer))\s*\(|\)\s*(\.\s*(?:launch|run))\s*\(/g

const isNamed = (callee: string, name: string): boolean => callee === name || callee.endsWith(`.${name}`)

const keywords: ReadonlyMap<string, AddressPart> = new Map([
  ['port', 'port'],
  ['server_port', 'port'],
  ['host', 'host'],
  ['server_name', 'host'],
])

const argument = (file: Source, what: AddressPart, span: Span | undefined): ServerCall['given'] =>
  span ? [{ what, span: trimmed(file, span) }] : []

/** `serve(host=…, port=…)`. Gradio's `launch` can also `share`. */
const byKeywords = ({ file, callee, spans }: Call): ServerCall['given'] =>
  spans.flatMap(([start, end]) => {
    const [text = '', name = ''] = /^\s*(\w+)\s*=(?!=)/.exec(file.code.slice(start, end)) ?? []
    const what = name === 'share' && callee.endsWith('launch') ? 'share' : keywords.get(name)
    return what ? argument(file, what, [start + text.length, end]) : []
  })

/** `HTTPServer((host, port), …)`. */
function byPair({ file, spans: [first] }: Call): ServerCall['given'] {
  if (first === undefined) return []
  const [start, end] = trimmed(file, first)
  if (file.code[start] !== '(') return []
  const [host, port] = splitOutside(file.code, start + 1, end - 1, ',')
  return [...argument(file, 'host', host), ...argument(file, 'port', port)]
}

/** `make_server(host, port, …)`. */
const byPlace = ({ file, spans: [host, port] }: Call): ServerCall['given'] => [
  ...argument(file, 'host', host),
  ...argument(file, 'port', port),
]

/** `app.listen(port)`, if it has no keywords. */
function byPort(call: Call): ServerCall['given'] {
  const named = byKeywords(call)
  return named.length > 0 ? named : argument(call.file, 'port', call.spans[0])
}

/** How calls are given the address on which to listen. The first form that fits is used; all others use keywords. */
const addressForms: readonly {
  of: (callee: string) => boolean
  read: (call: Call) => ServerCall['given']
}[] = [
  { of: (callee) => callee.endsWith('Server'), read: byPair },
  { of: (callee) => isNamed(callee, 'make_server'), read: byPlace },
  { of: (callee) => callee.endsWith('.listen'), read: byPort },
]

/** Where servers listen whose calls may leave the address out. */
const usualAddresses: readonly { of: (call: Call) => boolean; usual: ServerCall['usual'] }[] = [
  { of: ({ callee }) => callee === 'uvicorn.run', usual: { port: '8000' } },
  {
    of: ({ callee, file }) => isNamed(callee, 'run_app') && /\baiohttp\b/.test(file.code),
    usual: { port: '8080', host: '0.0.0.0' },
  },
  {
    of: ({ callee, file }) => isNamed(callee, 'ui.run') && /\bnicegui\b/.test(file.code),
    usual: { port: '8080', host: '0.0.0.0' },
  },
  { of: ({ library }) => library === 'Flask', usual: { port: '5000' } },
  { of: ({ library }) => library === 'LitServer', usual: { port: '8000', host: '0.0.0.0' } },
]

/** The calls of a Python file that start a server. */
export function serverCalls(file: Source): ServerCall[] {
  const libraryOf = selfServing(file)
  return [...file.code.matchAll(calls)].slice(0, callsAtMost).flatMap((match): ServerCall[] => {
    const callee = match[1] ?? match[2] ?? ''
    // A callee without a name follows the bracket of another call, with which the match begins.
    const at = match[1] === undefined ? match.index + 1 : match.index
    const opening = match.index + match[0].length - 1
    const end = opening + bracketEnd(file.code.slice(opening, opening + callAtMost), 0)
    if (end >= opening + callAtMost) return []
    const spans = splitOutside(file.code, opening + 1, end, ',')
    const library = callee.endsWith('.run') ? libraryOf(callee, at) : undefined
    const call = { file, callee, spans, library }
    const read = addressForms.find(({ of }) => of(callee))?.read ?? byKeywords
    const usual = usualAddresses.find(({ of }) => of(call))?.usual ?? {}
    return [{ given: read(call).slice(0, givenAtMost), usual, spans, end }]
  })
}
