import type { Sentence } from '../../../sources/finding.ts'
import { say } from '../plan.ts'
import { fixedInCommand } from './fixed-address.ts'
import type { TextEdit } from './text-edit.ts'

/** What reading a start script shows. */
export type StartScript = {
  edits: TextEdit[]
  /** The Python files that it runs, as paths in the package. */
  runs: string[]
  /** The folder of another machine that the script uses as the package's folder, or null. */
  foreignFolder: string | null
}

const withoutComments = (source: string) =>
  source.replaceAll(/^[ \t]*#[^\n]*/gm, (comment) => ' '.repeat(comment.length))

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
/** More places than any real script has. Each is checked on its own, and packages can be hostile. */
const placesAtMost = 100
const ownFolder = '"$(dirname "$0")"'

/** Splits an absolute path into the folder that was the package's on another machine, and a path below it. */
function splitPath(path: string, folders: ReadonlySet<string>): { root: string; below: string } {
  const parts = path.replace(/(?<!\/)\/+$/, '').split('/')
  const at = parts.findIndex((_part, index) => index > 1 && folders.has(parts.slice(index).join('/')))
  return at < 0
    ? { root: parts.join('/'), below: '' }
    : { root: parts.slice(0, at).join('/'), below: parts.slice(at).join('/') }
}

const isInQuotes = (code: string, at: number) =>
  (code.slice(code.lastIndexOf('\n', at - 1) + 1, at).match(/"/g) ?? []).length % 2 === 1

function folderEdits(path: string, code: string, folders: ReadonlySet<string>) {
  const cd = /^[ \t]*cd[ \t]+(["']?)(\/[^\s"';&|$]{1,4096})\1/m.exec(code)
  if (!cd?.[2]) return { edits: [], foreignFolder: null }
  const { root, below } = splitPath(cd[2], folders)
  const because = say(
    `${root} 是别的机器上的文件夹，这里的服务在自己的文件夹里运行。请改用 ${ownFolder}`,
    `${root} is a folder of another machine. Here, a service runs in its own folder. Use ${ownFolder}`,
  )
  const end = cd.index + cd[0].length
  const start = end - cd[2].length - 2 * (cd[1] ?? '').length
  const target = below === '' ? ownFolder : `"$(dirname "$0")/${below}"`
  const edits: TextEdit[] = [{ path, start, end, text: target, because }]
  for (const match of [...code.matchAll(new RegExp(`${escaped(root)}(?=/)`, 'g'))].slice(0, placesAtMost)) {
    if (match.index >= start && match.index < end) continue
    const text = isInQuotes(code, match.index) ? '$(dirname "$0")' : ownFolder
    edits.push({ path, start: match.index, end: match.index + root.length, text, because })
  }
  return { edits, foreignFolder: root }
}

/** Arguments and variables with a fixed address. The last group is what gets replaced. */
const addressPatterns: readonly { pattern: RegExp; text: string; words: (value: string) => Sentence }[] = [
  {
    pattern: /--(?:server[._-])?port(?:=|[ \t]+)(["']?\d{1,5}["']?)(?![\w.])/g,
    text: '"$PORT"',
    words: fixedInCommand.port,
  },
  { pattern: /(?<![\w-])PORT=(["']?\d{1,5}["']?)(?![\w.])/g, text: '"$PORT"', words: fixedInCommand.port },
  {
    pattern: /(?<![\w-])(?:-b|--bind)(?:=|[ \t]+)(["']?[\w.*[\]]*:\d{1,5}["']?)(?![\w.])/g,
    text: '"$HOST:$PORT"',
    words: fixedInCommand.port,
  },
  {
    pattern: /--(?:host|server[._-](?:address|name))(?:=|[ \t]+)(["']?(?:0\.0\.0\.0|::|\*)["']?)(?=\s|$)/g,
    text: '"$HOST"',
    words: fixedInCommand.host,
  },
  {
    pattern: /(?<![\w-])HOST=(["']?(?:0\.0\.0\.0|::)["']?)(?=\s|$)/g,
    text: '"$HOST"',
    words: fixedInCommand.host,
  },
]

/**
 * Edits for the places of a command line or script with a fixed port, or with an address that is open to
 * other machines.
 */
export function commandEdits(path: string, code: string): TextEdit[] {
  return addressPatterns.flatMap(({ pattern, text, words }) =>
    [...code.matchAll(pattern)].slice(0, placesAtMost).map((match): TextEdit => {
      const found = match[1] ?? ''
      const end = match.index + match[0].length
      return { path, start: end - found.length, end, text, because: words(found.replaceAll(/["']/g, '')) }
    }),
  )
}

/** The Python files that a command line runs. `-m pkg.name` runs `pkg/name.py` or `pkg/name/__main__.py`. */
export function pythonFilesOf(code: string): string[] {
  const runs = [
    ...code.matchAll(/(?:^|[\s/;&|"])python[\d.]*"?((?:[ \t]+-[a-zA-Z]+)*)[ \t]+(["']?)([^\s"';&|]+)\2/g),
  ]
  return runs.flatMap(([, options = '', , name = '']) => {
    if (/-\w*m$/.test(options))
      return [`${name.replaceAll('.', '/')}.py`, `${name.replaceAll('.', '/')}/__main__.py`]
    return name.endsWith('.py') ? [name.replace(/^(\.\/)+/, '')] : []
  })
}

const byNode = /(?:^|[\s/;&|])node[ \t]+(?:-[\w=:./-]*[ \t]+){0,50}([^\s"';&|-][^\s"';&|]*)/g
const byTypeScript = /(?:^|[\s/;&|])(?:tsx|ts-node)[ \t]+(?:-[\w=:./-]*[ \t]+){0,50}([^\s"';&|-][^\s"';&|]*)/g

const filesOf = (code: string, pattern: RegExp): string[] =>
  [...code.matchAll(pattern)].map(([, name = '']) => name.replace(/^(\.\/)+/, ''))

/** The files that a command line runs with node itself. */
export const nodeFilesOf = (code: string): string[] => filesOf(code, byNode)

/** The JavaScript and TypeScript files that a command line runs, as they are. */
export const scriptFilesOf = (code: string): string[] => [
  ...nodeFilesOf(code),
  ...filesOf(code, byTypeScript),
]

const serverCommand =
  /(?:^|[;&|]|\bexec\b)[ \t]*(?:[^\s;&|]{0,300}\/bin\/)?(uvicorn|gunicorn|hypercorn|flask|streamlit)(?=[ \t])/gm

/**
 * Edits for servers that a script starts by command name. An environment always has the module, but has the
 * command only if pip itself put it there.
 */
function moduleEdits(path: string, code: string): TextEdit[] {
  return [...code.matchAll(serverCommand)].slice(0, placesAtMost).map((match): TextEdit => {
    const name = match[1] ?? ''
    const end = match.index + match[0].length
    const because = say(
      `环境里有模块 ${name}，不一定有同名的命令。请写成 python3 -m ${name}`,
      `The environment has the module ${name}, but may not have a command with that name. Write python3 -m ${name}`,
    )
    return { path, start: end - name.length, end, text: `python3 -m ${name}`, because }
  })
}

/** Reads the author's start script. `folders` are the folders of the package. No code is run. */
export function readStartScript(path: string, source: string, folders: ReadonlySet<string>): StartScript {
  const code = withoutComments(source)
  const { edits, foreignFolder } = folderEdits(path, code, folders)
  const local = foreignFolder === null ? code : code.replaceAll(`${foreignFolder}/`, '')
  const all = [...edits, ...moduleEdits(path, code), ...commandEdits(path, code)]
  return { edits: all, runs: pythonFilesOf(local), foreignFolder }
}
