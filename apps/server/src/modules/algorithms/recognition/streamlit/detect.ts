import { shellWord } from '../../../../lib/shell-word.ts'
import { planFor, say, type Detector, type Plan } from '../plan.ts'
import { fullName, type PythonModule } from '../python-code/module.ts'
import { byRank } from '../python/program-rank.ts'
import { planPythonProgram } from '../python/python-launch.ts'

const usualNames = ['streamlit_app', 'app', 'main', 'home', 'index', 'dashboard', 'demo', 'ui', '🏠_home']
/** What a page calls. A module that others import has these inside its functions, too. */
const shows = new RegExp(
  `^(${[
    'title|header|subheader|caption|text|write|write_stream|markdown|code|latex|json|html|metric|table|dataframe|data_editor',
    'image|video|audio|pyplot|map|set_page_config|logo|navigation|sidebar|columns|tabs|container|expander|form|file_uploader',
    'button|checkbox|toggle|radio|selectbox|multiselect|slider|select_slider|text_area|color_picker|chat_message|feedback',
    String.raw`\w+_chart|\w+_input|\w+_button`,
  ].join('|')})$`,
)

function shownAt(module: PythonModule): number | null {
  const call = module.calls.find(({ callee }) => {
    const [library, what = ''] = fullName(module, callee).split('.')
    return library === 'streamlit' && shows.test(what)
  })
  return call?.line ?? null
}

/**
 * Detects a Streamlit program: a file that shows something with it. Files in `pages/` belong to another one. Its checks of
 * origins stay on: the gateways pass the host that the browser named, so a page from there has the same origin.
 */
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
        start: `python -m streamlit run ${shellWord(program.file)} --server.port "$PORT" --server.address "$HOST" --server.headless true`,
      },
    })
  }
  return plans
}
