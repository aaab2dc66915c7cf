import { posix } from 'node:path'
import { shellWord } from '../../../../lib/shell-word.ts'
import type { PackageReading } from '../package-reading.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonModule } from '../python-code/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'

/** Its own command, without a shell script of the environment around it. */
const command = 'python -c "from chainlit.cli import cli; cli()"'
const usualNames = ['app', 'main', 'chainlit_app', 'chat', 'ui', 'server', 'demo']
/** Without one of these functions, Chainlit does not start. */
const handlers = new Set(['on_chat_start', 'on_message', 'on_audio_chunk'])

const handlerOf = (module: PythonModule) =>
  module.decorated.find(({ callee }) => {
    const [library, what = ''] = fullName(module, callee).split('.')
    return library === 'chainlit' && handlers.has(what)
  })

/** What Chainlit writes where it runs, at each start: what is uploaded, and its settings, texts and start page if there are none. */
function written({ files }: PackageReading, folder: string) {
  const hasIn = (path: string) => files.some((file) => file.path.startsWith(`${posix.join(folder, path)}/`))
  const settings = hasIn('.chainlit') ? '.chainlit/translations' : '.chainlit'
  const start = posix.join(folder, 'chainlit.md')
  return {
    writes: ['.files', ...(hasIn(settings) ? [] : [settings])].map((path) => posix.join(folder, path)),
    ...(files.some(({ path }) => path === start) ? {} : { writes_files: [start] }),
  }
}

/** Detects a Chainlit program: a file with the functions that answer in its chat. Its own command serves it. */
export const detectChainlit: Detector = async (reading) => {
  const modules = (await reading.modulesWith(/\bchainlit\b/)).filter((module) => handlerOf(module))
  const plans: Plan[] = []
  for (const module of byRank(modules, usualNames)) {
    const { path } = module
    const program = await planPythonProgram(reading, path, { framework: ['chainlit'], server: [] })
    const { line = 1, name = '' } = handlerOf(module) ?? {}
    const reason = say(
      `${path} 第 ${line} 行的 ${name}() 是 Chainlit 对话的一部分`,
      `${path} line ${line}: ${name}() is part of a chat of Chainlit`,
    )
    plans.push({
      ...planFor('python-app', 'python', path, [reason, ...program.because]),
      warnings: program.warnings,
      launch: {
        ...program.launch,
        ...written(reading, program.launch.folder),
        env: {},
        start: `${command} run ${shellWord(program.file)} --host "$HOST" --port "$PORT" --headless`,
      },
    })
  }
  return plans
}
