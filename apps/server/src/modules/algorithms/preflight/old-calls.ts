import type { Finding, Sentence } from '../../sources/finding.ts'
import { say } from '../recognition/plan.ts'
import type { Requirements } from '../recognition/python/requirements.ts'
import type { CodeFile } from './code-checker.ts'

/** A call that a library no longer accepts, and the requirement that keeps a release which does. */
type Rule = {
  /** Where it is imported from. */
  from: RegExp
  call: RegExp
  /** The distributions that say which release is installed. */
  decidedBy: readonly string[]
  lines: readonly string[]
  what: Sentence
  follows: Sentence
  instead: Sentence
}

const rules: readonly Rule[] = [
  {
    from: /^[ \t]*from\s+(?:fastapi|starlette)\.templating\s+import\s/m,
    call: /\.TemplateResponse\(\s*[frFR]{0,2}["']/,
    decidedBy: ['fastapi', 'starlette'],
    lines: ['starlette<1'],
    what: say(
      'TemplateResponse 的第一个参数是模板名，Starlette 1 起要求第一个是 request',
      'the first argument of TemplateResponse is the template; since Starlette 1 it is the request',
    ),
    follows: say('这个页面会返回 500', 'this page answers 500'),
    instead: say('TemplateResponse(request, "…")', 'TemplateResponse(request, "…")'),
  },
  {
    from: /^[ \t]*from\s+sklearn\.datasets\s+import\s.*\bload_boston\b/m,
    call: /\bload_boston\b/,
    decidedBy: ['scikit-learn'],
    // The wheels of these releases are for NumPy 1.
    lines: ['scikit-learn<1.2', 'numpy<2'],
    what: say('load_boston 在 scikit-learn 1.2 里已删除', 'load_boston is gone since scikit-learn 1.2'),
    follows: say('服务启动时就会出错退出', 'the service ends when it starts'),
    instead: say('fetch_california_housing()', 'fetch_california_housing()'),
  },
  {
    from: /^[ \t]*(?:from|import)\s+langchain\./m,
    call: /\blangchain\.(?:text_splitter|chains|memory|document_loaders|vectorstores|llms|prompts|schema|callbacks|retrievers|docstore|output_parsers|indexes|evaluation)\b/,
    decidedBy: ['langchain'],
    lines: ['langchain<1'],
    what: say('LangChain 1 起没有这个模块', 'LangChain has no such module since 1'),
    follows: say('服务启动时就会出错退出', 'the service ends when it starts'),
    instead: say(
      '现在有它的包的导入（langchain_text_splitters、langchain_community、langchain_classic）',
      'the import of the package that has it now (langchain_text_splitters, langchain_community, langchain_classic)',
    ),
  },
  {
    from: /^[ \t]*(?:import\s+gradio|from\s+gradio\s+import)\b/m,
    call: /\broutes\.App\.create_app\(/,
    decidedBy: ['gradio'],
    lines: ['gradio<6'],
    what: say(
      'Gradio 6 起，没有 launch() 的界面要用 mount_gradio_app 放进别的应用，App.create_app 不再可用',
      'since Gradio 6, App.create_app no longer serves an interface without launch(); mount_gradio_app puts it into another application',
    ),
    follows: say('这个页面会返回 500', 'this page answers 500'),
    instead: say('gr.mount_gradio_app(app, demo, path="/…")', 'gr.mount_gradio_app(app, demo, path="/…")'),
  },
]

/** Whether nothing limits the release that pip chooses. */
const isFree = ({ list, pins }: Requirements, decidedBy: readonly string[]) =>
  pins.length === 0 &&
  !(list?.packages ?? []).some(
    ({ name, text, isPinned }) => decidedBy.includes(name) && (isPinned || /[<~]/.test(text)),
  )

/** Warnings for calls that the newest release of a library refuses, where nothing says that an earlier one is installed. */
export function oldCalls(started: readonly CodeFile[], requirements: Requirements): Finding[] {
  return rules.flatMap((rule): Finding[] => {
    const file = started.find(({ text }) => rule.from.test(text) && rule.call.test(text))
    if (!file || !isFree(requirements, rule.decidedBy)) return []
    const line = file.text.slice(0, file.text.search(rule.call)).split('\n').length
    const at = requirements.file
    const wanted = rule.lines.join(', ')
    return [
      {
        code: 'preflight.old_call',
        path: file.path,
        line,
        text: say(
          `${file.path} 第 ${line} 行：${rule.what.zh}`,
          `${file.path} line ${line}: ${rule.what.en}`,
        ),
        follows: say(
          `依赖没有写死版本，会装上最新版，${rule.follows.zh}`,
          `Nothing limits the releases, so the newest ones are installed, and ${rule.follows.en}`,
        ),
        mend: say(
          `依赖里加上 ${wanted}，或把代码改成 ${rule.instead.zh}`,
          `Add ${wanted} to the requirements, or write ${rule.instead.en}`,
        ),
        ...(at?.endsWith('.txt') === true && { adds: { path: at, lines: [...rule.lines] } }),
      },
    ]
  })
}
