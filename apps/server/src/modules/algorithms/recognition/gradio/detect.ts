import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonModule } from '../python-code/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'
import { readRequirements } from '../python/requirements.ts'
import { oldGradioFindings, signInFindings } from './gradio-findings.ts'

const usualNames = ['app', 'main', 'demo', 'gradio_app', 'webui', 'web_demo', 'ui', 'run', 'server']
const interfaces = new Set(['Interface', 'Blocks', 'ChatInterface', 'TabbedInterface', 'Parallel', 'Series'])

/** The line with `gr.Interface(…)` or another interface, if the file also launches one. */
function launched(module: PythonModule): number | null {
  const made = module.calls.find(({ callee }) => {
    const [library, ...rest] = fullName(module, callee).split('.')
    return library === 'gradio' && interfaces.has(rest.at(-1) ?? '')
  })
  return made && /\.\s*launch\s*\(/.test(module.code) ? made.line : null
}

/** Detects a Gradio program: a file that makes an interface and launches it. It serves itself. */
export const detectGradio: Detector = async (reading) => {
  const modules = (await reading.modulesWith(/\bgradio\b/)).filter((module) => launched(module) !== null)
  const plans: Plan[] = []
  for (const module of byRank(modules, usualNames)) {
    const { path } = module
    const program = await planPythonProgram(reading, path, { framework: ['gradio'], server: [] })
    const stated = await readRequirements(reading, program.launch.folder)
    const line = launched(module) ?? 1
    const reason = say(
      `${path} 第 ${line} 行建立 Gradio 界面，并用 launch() 启动`,
      `${path} line ${line} makes a Gradio interface, and launch() starts it`,
    )
    plans.push({
      ...planFor('python-app', 'python', path, [reason, ...program.because]),
      warnings: [...program.warnings, ...signInFindings(module), ...oldGradioFindings(stated)],
      launch: {
        ...program.launch,
        env: {
          GRADIO_SERVER_NAME: '"$HOST"',
          GRADIO_SERVER_PORT: '"$PORT"',
          GRADIO_ROOT_PATH: '"/ai/$VITRINE_SERVICE"',
          GRADIO_ANALYTICS_ENABLED: 'False',
        },
        start: `python ${shellWord(program.file)}`,
      },
    })
  }
  return plans
}
