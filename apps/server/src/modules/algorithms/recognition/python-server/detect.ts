import { posix } from 'node:path'
import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonCall, type PythonModule } from '../python-code/module.ts'
import { madeFolders } from '../python/made-folders.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram, type PythonProgram } from '../python/python-launch.ts'
import { programAround } from './program-around.ts'

const usualNames = ['main', 'server', 'app', 'serve', 'run', 'api', '__main__']

/** Calls that serve until the program is ended, by their full names, and what they need installed. */
const serving: Readonly<Record<string, string>> = {
  'uvicorn.run': 'uvicorn',
  'aiohttp.web.run_app': 'aiohttp',
  'waitress.serve': 'waitress',
  'werkzeug.serving.run_simple': 'werkzeug',
  'nicegui.ui.run': 'nicegui',
  'kserve.ModelServer': 'kserve',
}
/** Objects whose method `run` serves, or `start`. */
const runners: Readonly<Record<string, string>> = {
  'flask_socketio.SocketIO': 'flask-socketio',
  'aiohttp.web.Application': 'aiohttp',
  'robyn.Robyn': 'robyn',
}
const runs = new Set(['run', 'start'])
const servers = new Set(['HTTPServer', 'ThreadingHTTPServer'])
const words =
  /\b(uvicorn|aiohttp|waitress|werkzeug|flask_socketio|tornado|fasthtml|nicegui|kserve|robyn|HTTPServer|ThreadingHTTPServer)\b/

/** FastHTML keeps the key of its sessions in this file, where it runs, unless it is given one. */
const sessionKey = '.sesskey'

function writesSessionKey(module: PythonModule): boolean {
  const isFastHtml = module.imports.some((one) => one.module.startsWith('fasthtml'))
  return isFastHtml && !/\bsecret_key\s*=/.test(module.code)
}

/** What the environment tells a library. NiceGUI keeps what its pages store where it runs, unless it is told another folder. */
const environmentOf = ({ imports }: PythonModule): Record<string, string> => {
  const uses = (library: string) => imports.some(({ module }) => module.split('.')[0] === library)
  return {
    ...(uses('nicegui') && { NICEGUI_STORAGE_PATH: '"$HOME/.nicegui"' }),
    // They come before what its code says.
    ...(uses('robyn') && { ROBYN_HOST: '"$HOST"', ROBYN_PORT: '"$PORT"' }),
  }
}

/** The call that serves, and what it needs installed. */
function servingCall(module: PythonModule): { call: PythonCall; needs: string[] } | null {
  const bindings = new Map(module.bindings.toReversed().map((one) => [one.name, one]))
  const isForever = /\bserve_forever\b/.test(module.code)
  const isTornado = module.imports.some((one) => one.module.startsWith('tornado'))
  const isFastHtml = module.imports.some((one) => one.module.startsWith('fasthtml'))
  for (const call of module.calls) {
    // Its names are imported with an asterisk.
    if (isFastHtml && call.callee === 'serve') return { call, needs: ['python-fasthtml'] }
    const full = fullName(module, call.callee)
    const known = Object.hasOwn(serving, full) ? serving[full] : undefined
    if (known !== undefined) return { call, needs: [known] }
    if (isForever && servers.has(full.split('.').at(-1) ?? '')) return { call, needs: [] }
    const [object = '', method] = call.callee.split('.')
    const made = runs.has(method ?? '') ? bindings.get(object) : undefined
    const runner = made && fullName(module, made.callee)
    if (runner !== undefined && Object.hasOwn(runners, runner))
      return { call, needs: [runners[runner] ?? ''] }
    if (isTornado && method === 'listen') return { call, needs: ['tornado'] }
  }
  return null
}

/** Arguments that say where a library listens. Without the last, KServe takes one more port, the same in every instance. */
const argumentsOf = (needs: readonly string[]) =>
  needs.includes('kserve') ? ' --http_port "$PORT" --enable_grpc false' : ''

/** The command that runs a file as a program: a package by its name, so that what it imports is found. */
function commandOf({ module, file }: PythonProgram, needs: readonly string[]): string {
  const [, holder] = /^(.+)\.__main__$/.exec(module) ?? []
  const program = holder === undefined ? `python ${shellWord(file)}` : `python -m ${shellWord(holder)}`
  return `${program}${argumentsOf(needs)}`
}

/** Detects a Python program that starts a server in its code. */
export const detectPythonServer: Detector = async (reading) => {
  const modules = (await reading.modulesWith(words)).filter((module) => servingCall(module) !== null)
  const plans: Plan[] = []
  for (const module of byRank(modules, usualNames)) {
    const found = servingCall(module)
    if (found === null) continue
    const path = await programAround(reading, module, found.call)
    if (plans.some(({ entry }) => entry === path)) continue
    const program = await planPythonProgram(reading, path, { framework: found.needs, server: [] })
    const made = await madeFolders(reading, program.launch.folder)
    const { line, callee } = found.call
    const reason = say(
      `${module.path} 第 ${line} 行用 ${callee}() 提供服务${path === module.path ? '' : `，由 ${path} 启动`}`,
      `${module.path} line ${line} serves by ${callee}()${path === module.path ? '' : `, which ${path} starts`}`,
    )
    plans.push({
      ...planFor('python-app', 'python', path, [reason, ...program.because]),
      warnings: program.warnings,
      launch: {
        ...program.launch,
        env: environmentOf(module),
        start: commandOf(program, found.needs),
        ...(made.length > 0 && { writes: made }),
        ...(writesSessionKey(module) && { writes_files: [posix.join(program.launch.folder, sessionKey)] }),
      },
    })
  }
  return plans
}
