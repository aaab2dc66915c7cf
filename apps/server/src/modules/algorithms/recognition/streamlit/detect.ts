import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonModule } from '../python/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'

const usualNames = ['streamlit_app', 'app', 'main', 'home', 'index', 'dashboard', 'demo', 'ui', '🏠_home']
/** What a page calls. A module that others import has these inside its functions, too. */
const shows =
  /^(title|header|write|markdown|set_page_config|sidebar|file_uploader|button|text_input|text_area|chat_input|navigation)$/

function shownAt(module: PythonModule): number | null {
  const call = module.calls.find(({ callee }) => {
    const [library, what = ''] = fullName(module, callee).split('.')
    return library === 'streamlit' && shows.test(what)
  })
  return call?.line ?? null
}

// Without these, Streamlit refuses connections by another host name than its own, which is that of the gateway.
const behindGateway = '--server.enableCORS false --server.enableXsrfProtection false'

/** Detects a Streamlit program: a file that shows something with it. Files in `pages/` belong to another one. */
export const detectStreamlit: Detector = async (reading) => {
  const modules = (await reading.modulesWith(/\bstreamlit\b/)).filter(
    (module) => shownAt(module) !== null && !/(^|\/)pages\//.test(module.path),
  )
  const plans: Plan[] = []
  for (const module of byRank(modules, usualNames)) {
    const { path } = module
    const program = await planPythonProgram(reading, path, { framework: ['streamlit'], server: [] })
    const line = shownAt(module) ?? 1
    const reason = say(
      `${path} 第 ${line} 行是 Streamlit 页面`,
      `${path} line ${line} is part of a Streamlit page`,
    )
    plans.push({
      ...planFor('python-app', 'python', path, [reason, ...program.because]),
      warnings: program.warnings,
      healthPath: '/_stcore/health',
      launch: {
        ...program.launch,
        env: { STREAMLIT_BROWSER_GATHER_USAGE_STATS: 'false' },
        start: `python -m streamlit run ${shellWord(program.file)} --server.port "$PORT" --server.address "$HOST" --server.headless true ${behindGateway}`,
      },
    })
  }
  return plans
}
