import { scriptFile } from '../launch/script-files.ts'
import { mayBeEntry, type PackageReading } from '../package-reading.ts'
import { joined, methodsIn, routeBounds, routeOf, type CodeRoute, type FieldSeen } from './code-route.ts'

const filesAtMost = 300
const bytesAtMost = 4 * 1024 ** 2
const notServer = /(^|\/)(node_modules|public|static|assets|client|frontend)\/|\.min\.[cm]?js$/

/** A call that adds a route: `app.post('/x'`. Groups: the object, the method, the path. */
const adding = /\b([A-Za-z_$][\w$]{0,100})\s*\.\s*(get|post|put|patch)\s*\(\s*(["'`])(\/[^"'`\n]{0,200})\3/g
/** A router that is taken below a path: `app.use('/api', router)`. */
const mounting = /\.\s*use\s*\(\s*(["'`])(\/[^"'`\n]{0,200})\1\s*,\s*([A-Za-z_$][\w$]{0,100})/g

const request = String.raw`\b(?:req|request|ctx\.request|ctx|c\.req)`
const names = /(?<![\w$])[A-Za-z_$][\w$]*(?=\s*(?:[,:=]|$))/g
const readings: readonly (readonly [string, FieldSeen['from']])[] = [
  ['body', 'json'],
  ['query', 'query'],
]

/** The names in `{ a, b: c, d = 1 }`. */
const destructured = (list: string): string[] =>
  list.split(',').flatMap((part) => part.trim().match(names)?.slice(0, 1) ?? [])

/** The fields that a handler reads of its request. */
function fieldsIn(handler: string): FieldSeen[] {
  const read = readings.flatMap(([member, from]): FieldSeen[] => {
    const at = String.raw`${request}\.${member}`
    const single = new RegExp(
      String.raw`${at}\??(?:\.([A-Za-z_$][\w$]{0,100})|\[\s*["']([^"'\n]{1,100})["'])`,
      'g',
    )
    const list = new RegExp(String.raw`\{([^{}]{1,500})\}\s*=\s*(?:await\s+)?${at}\b`, 'g')
    const found = [
      ...[...handler.matchAll(single)].map(([, dotted, quoted]) => dotted ?? quoted ?? ''),
      ...[...handler.matchAll(list)].flatMap(([, inside = '']) => destructured(inside)),
    ]
    return found.map((name) => ({ name, from, type: 'text' }))
  })
  // The file of multer, by the name that its middleware expects.
  const files = [...handler.matchAll(/\.\s*(?:single|array)\s*\(\s*["'`]([^"'`\n]{1,100})["'`]/g)]
  const sent = files.map(([, name = '']): FieldSeen => ({ name, from: 'file', type: 'file' }))
  // With a file, the other fields of the body are parts beside it.
  return [
    ...sent,
    ...read.map((one) => (sent.length > 0 && one.from === 'json' ? { ...one, from: 'form' as const } : one)),
  ]
}

function routesOf(source: string): CodeRoute[] {
  const prefixes = new Map([...source.matchAll(mounting)].map(([, , path = '', name = '']) => [name, path]))
  const places = [...source.matchAll(adding)]
  return places.flatMap((match, at) => {
    const [, owner = '', called = '', , written = ''] = match
    const open = match.index + match[0].length
    const end = Math.min(places[at + 1]?.index ?? source.length, open + routeBounds.handler)
    const path = joined(prefixes.get(owner) ?? '', written).replaceAll(
      /:([A-Za-z_]\w*)(?:\([^()]*\))?\??/g,
      '{$1}',
    )
    return methodsIn([called]).map((method) => routeOf(method, path, fieldsIn(source.slice(open, end))))
  })
}

/** The routes that JavaScript and TypeScript code states by literal paths, with what their handlers are seen to read. */
export async function javaScriptRoutes(reading: PackageReading): Promise<CodeRoute[]> {
  const routes: CodeRoute[] = []
  let bytes = 0
  const files = reading.files
    .filter(({ path }) => scriptFile.test(path) && !notServer.test(path) && mayBeEntry(path))
    .slice(0, filesAtMost)
    .filter(({ size }) => (bytes += size) <= bytesAtMost)
  for (const { path } of files) {
    const source = await reading.readText(path)
    if (source !== null) routes.push(...routesOf(source))
  }
  return routes.slice(0, routeBounds.routes)
}
