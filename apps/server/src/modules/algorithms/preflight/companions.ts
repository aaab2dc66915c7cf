import { meetsPython } from '../../requirements/python-version.ts'
import type { Finding } from '../../sources/finding.ts'
import { say } from '../recognition/plan.ts'
import type { Requirements } from '../recognition/python/requirements.ts'

/** A release of a library that does not work with the newest ones of another, although it does not say so itself. */
type Rule = {
  /** The library, and its releases, as a requirement of a version is written. */
  of: string
  releases: string
  /** The releases of the other one that it works with, as a line of a requirements file. */
  needs: string
  why: string
}

const packageResources = "No module named 'pkg_resources'"

const rules: readonly Rule[] = [
  // They load a module of setuptools that it does not have any more, and do not ask for it.
  { of: 'bentoml', releases: '<1.4', needs: 'setuptools<81', why: packageResources },
  { of: 'fs', releases: '<3', needs: 'setuptools<81', why: packageResources },
  { of: 'flask', releases: '<2', needs: 'jinja2<3.1', why: 'ImportError: escape' },
  { of: 'flask', releases: '<2', needs: 'itsdangerous<2.1', why: 'ImportError: json' },
  { of: 'flask', releases: '<2', needs: 'werkzeug<2.1', why: 'ImportError: BaseResponse' },
  { of: 'flask', releases: '>=2,<2.2.4', needs: 'werkzeug<3', why: 'ImportError: url_quote' },
  { of: 'flask-login', releases: '<0.6.3', needs: 'werkzeug<3', why: 'ImportError: url_decode' },
  { of: 'flask-sqlalchemy', releases: '<3', needs: 'sqlalchemy<2', why: 'AttributeError: __all__' },
  { of: 'jinja2', releases: '<3', needs: 'markupsafe<2.1', why: 'ImportError: soft_unicode' },
  { of: 'pandas', releases: '<2.1', needs: 'numpy<2', why: 'numpy.dtype size changed' },
  { of: 'scikit-learn', releases: '<1.3', needs: 'numpy<2', why: 'numpy.dtype size changed' },
  { of: 'gradio', releases: '<5', needs: 'huggingface_hub<1', why: 'ImportError: HfFolder' },
  { of: 'python-fasthtml', releases: '<0.13', needs: 'starlette<1', why: 'TypeError: Starlette.__init__()' },
  { of: 'python-fasthtml', releases: '<0.7', needs: 'fastcore<1.12', why: 'TypeError: to_xml()' },
  { of: 'streamlit', releases: '<1.22', needs: 'altair<5', why: 'No module named altair.vegalite.v4' },
]

const plain = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '-')
const nameOf = (line: string) => plain(/^[\w.-]+/.exec(line)?.[0] ?? '')

/** The release that a line pins: `flask==1.1.2`. Null for any other line. */
const pinnedTo = (text: string): string | null => /[^=!<>~]==\s*(\d+(?:\.\d+){0,2})/.exec(text)?.[1] ?? null

/**
 * Warnings for exact releases whose companions nothing limits: pip takes the newest of those, which they do not work with.
 * A lock file has all of them.
 */
export function companions({ list, pins, file }: Requirements): Finding[] {
  const packages = list?.packages ?? []
  if (pins.length > 0) return []
  const isLimited = (name: string) =>
    packages.some((one) => plain(one.name) === name && (one.isPinned || /[<~]/.test(one.text)))
  const told = new Set<string>()
  return rules.flatMap(({ of, releases, needs, why }): Finding[] => {
    const holder = packages.find(({ name }) => plain(name) === of)
    const version = holder && pinnedTo(holder.text)
    if (!holder || !version || !meetsPython(version, releases)) return []
    if (isLimited(nameOf(needs)) || told.has(nameOf(needs))) return []
    told.add(nameOf(needs))
    return [
      {
        code: 'preflight.companion',
        path: holder.path,
        line: holder.line,
        text: say(
          `${holder.path} 第 ${holder.line} 行：${holder.text.trim()} 要配 ${needs}，而依赖没有限制它`,
          `${holder.path} line ${holder.line}: ${holder.text.trim()} works with ${needs}, which nothing limits`,
        ),
        follows: say(
          `会装上最新版，服务启动时出错（${why}）`,
          `The newest one is installed, and the service ends when it starts (${why})`,
        ),
        mend: say(`依赖里加上 ${needs}`, `Add ${needs} to the requirements`),
        ...(file?.endsWith('.txt') === true && { adds: { path: file, lines: [needs] } }),
      },
    ]
  })
}
