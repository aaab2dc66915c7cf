import type { PackageView } from '../../../sources/package-view.ts'
import { fixedInCode, type FixedAddress } from './fixed-address.ts'

// What the edited code reads. Put together here, because this program itself reads no environment.
const environment = ['process', 'env'].join('.')
const written = { port: `${environment}.PORT`, host: `${environment}.HOST` }

type Place = { what: 'port' | 'host'; pattern: RegExp }

/** A call that is given where to listen, as options: of Node, Fastify and Hono, and what makes a server of hapi. */
const withOptions = String.raw`(?:\.listen|\bserve|\b[Hh]api\.[Ss]erver)\s*\(\s*\{[^}]{0,500}?\b`

/** Fixed values in a call that listens. The last group is what gets replaced. */
const inCalls: readonly Place[] = [
  { what: 'port', pattern: /\.listen\s*\(\s*(\d{2,5})(?=\s*[,)])/g },
  { what: 'port', pattern: new RegExp(String.raw`${withOptions}port\s*:\s*(\d{2,5})(?=\s*[,}])`, 'g') },
  { what: 'host', pattern: /\.listen\s*\(\s*[\w.]+\s*,\s*(["'`](?:0\.0\.0\.0|::)["'`])/g },
  {
    what: 'host',
    pattern: new RegExp(
      String.raw`${withOptions}host(?:name)?\s*:\s*(["'\x60](?:0\.0\.0\.0|::)["'\x60])`,
      'g',
    ),
  },
]
const placesAtMost = 50

/** A name that a call listens on, and that is assigned a number. */
const listensOn =
  /(?:\.listen|\bserve|\b[Hh]api\.[Ss]erver)\s*\(\s*(?:\{[^}]{0,500}?\bport(?:\s*:\s*([A-Za-z_$][\w$]*))?\s*[,}]|([A-Za-z_$][\w$]*)\s*[,)])/g

const assignments = (name: string): Place => ({
  what: 'port',
  pattern: new RegExp(
    String.raw`\b(?:const|let|var)\s+${name.replaceAll('$', String.raw`\$`)}\s*=\s*(\d{2,5})(?=\s*[;,\n])`,
    'g',
  ),
})

/** The places of a JavaScript file with a fixed address for a server. No code is run. */
export async function fixedInJavaScript(view: PackageView, path: string): Promise<FixedAddress[]> {
  const source = await view.readText(path)
  if (source === null) return []
  const names = [...source.matchAll(listensOn)]
    .slice(0, placesAtMost)
    .map((match) => match[1] ?? match[2] ?? 'port')
  const places = [...inCalls, ...[...new Set(names)].map(assignments)]
  return places.flatMap(({ what, pattern }) =>
    [...source.matchAll(pattern)].slice(0, placesAtMost).map((match): FixedAddress => {
      const value = match[1] ?? ''
      const end = match.index + match[0].length
      const plain = value.replaceAll(/["'`]/g, '')
      const because = fixedInCode[what](plain, written[what])
      return {
        what,
        value: plain,
        edit: { path, start: end - value.length, end, text: written[what], because },
      }
    }),
  )
}
