import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonModule } from '../python-code/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'

/** What in a file says that it is a page: words for its reader, and the line. */
type Shown = { what: string; line: number }

/** A library whose own command serves a file that only describes a page. */
type PageLibrary = {
  name: string
  module: string
  shown: (module: PythonModule) => Shown | null
  /** The command for a file, as a word of a shell. */
  command: (file: string) => string
}

const boundTo = (module: PythonModule, makes: string): Shown | null => {
  const found = module.bindings.find(({ callee }) => fullName(module, callee) === makes)
  return found ? { what: `${found.callee}()`, line: found.line } : null
}

const libraries: readonly PageLibrary[] = [
  {
    name: 'marimo',
    module: 'marimo',
    shown: (module) => boundTo(module, 'marimo.App'),
    command: (file) => `python -m marimo run ${file} --host "$HOST" --port "$PORT" --headless --no-token`,
  },
  {
    name: 'Shiny Express',
    module: 'shiny',
    shown: ({ imports }) => {
      const found = imports.find(({ module, name }) => `${module}.${name}`.startsWith('shiny.express'))
      return found ? { what: 'shiny.express', line: found.line } : null
    },
    command: (file) => `python -m shiny run ${file} --host "$HOST" --port "$PORT"`,
  },
  {
    name: 'Solara',
    module: 'solara',
    // The server shows what has one of these names.
    shown: (module) =>
      module.decorated.find(
        ({ callee, name }) => fullName(module, callee) === 'solara.component' && name === 'Page',
      )
        ? { what: 'Page', line: module.decorated.find(({ name }) => name === 'Page')?.line ?? 1 }
        : null,
    command: (file) => `python -m solara run ${file} --host "$HOST" --port "$PORT" --production`,
  },
]

const words = new RegExp(String.raw`\b(?:${libraries.map(({ module }) => module).join('|')})\b`)
const usualNames = ['app', 'main', 'notebook', 'dashboard', 'demo', 'index', 'ui']

/** Detects a file that describes a page for marimo, Shiny Express or Solara. The command of its library serves it. */
export const detectPageCommand: Detector = async (reading) => {
  const modules = await reading.modulesWith(words)
  const plans: Plan[] = []
  for (const { name, module: distribution, shown, command } of libraries) {
    const pages = modules.flatMap((module) => {
      const found = shown(module)
      return found ? [{ path: module.path, ...found }] : []
    })
    for (const { path, what, line } of byRank(pages, usualNames)) {
      const program = await planPythonProgram(reading, path, { framework: [distribution], server: [] })
      const reason = say(
        `${path} 第 ${line} 行的 ${what} 是 ${name} 页面`,
        `${path} line ${line}: ${what} is a page of ${name}`,
      )
      plans.push({
        ...planFor('python-app', 'python', path, [reason, ...program.because]),
        warnings: program.warnings,
        launch: { ...program.launch, env: {}, start: command(shellWord(program.file)) },
      })
    }
  }
  return plans
}
