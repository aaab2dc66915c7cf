import { fullName, importedAs, type PythonModule } from '../python-code/module.ts'

/** A framework for web applications, by what its application is made with. */
export type Framework = {
  name: string
  /** How servers call its applications. */
  calls: 'asgi' | 'wsgi'
  /** The module of the class or function, or one around it. */
  module: string
  makes: string
  /** The distribution to install. */
  distribution: string
  /** What of the object is the application, if it is not the object itself. */
  attribute?: string
}

const asgi = (
  name: string,
  module: string,
  makes: string,
  distribution = module.split('.')[0] ?? '',
): Framework => ({
  name,
  calls: 'asgi',
  module,
  makes,
  distribution,
})
const wsgi = (
  name: string,
  module: string,
  makes: string,
  distribution = module.split('.')[0] ?? '',
): Framework => ({
  ...asgi(name, module, makes, distribution),
  calls: 'wsgi',
})

/** The frameworks whose applications are recognised. */
const frameworks: readonly Framework[] = [
  asgi('FastAPI', 'fastapi', 'FastAPI'),
  asgi('Starlette', 'starlette', 'Starlette'),
  asgi('Quart', 'quart', 'Quart'),
  asgi('Litestar', 'litestar', 'Litestar'),
  asgi('Sanic', 'sanic', 'Sanic'),
  asgi('BlackSheep', 'blacksheep', 'Application'),
  asgi('Falcon', 'falcon.asgi', 'App'),
  asgi('Shiny', 'shiny', 'App'),
  asgi('Connexion', 'connexion', 'AsyncApp', 'connexion[swagger-ui]'),
  asgi('Connexion', 'connexion', 'FlaskApp', 'connexion[flask,swagger-ui]'),
  asgi('Connexion', 'connexion', 'App', 'connexion[flask,swagger-ui]'),
  asgi('Django', 'django.core.asgi', 'get_asgi_application'),
  wsgi('Flask', 'flask', 'Flask'),
  wsgi('APIFlask', 'apiflask', 'APIFlask'),
  wsgi('Bottle', 'bottle', 'Bottle'),
  wsgi('Falcon', 'falcon', 'App'),
  wsgi('Falcon', 'falcon', 'API'),
  wsgi('Django', 'django.core.wsgi', 'get_wsgi_application'),
  { ...wsgi('Dash', 'dash', 'Dash'), attribute: 'server' },
]

/** What is in every file that makes an application. */
export const frameworkWords = new RegExp(
  String.raw`\b(?:${[...new Set(frameworks.map(({ makes }) => makes))].join('|')})\b`,
)

// Names that belong to one framework alone, so that an import by `*` does not hide them.
const unmistakable = new Set(['FastAPI', 'Starlette', 'Quart', 'Flask'])

/** The framework whose application this call makes. */
export function frameworkOf(module: PythonModule, callee: string): Framework | undefined {
  const full = fullName(module, callee)
  const parts = full.split('.')
  const last = parts.at(-1) ?? ''
  const known = frameworks.filter(({ makes }) => makes === last)
  const isImported = [parts[0], callee.split('.')[0]].some(
    (head = '') => importedAs(module, head) !== undefined,
  )
  return (
    known.find((one) => full.startsWith(`${one.module}.`)) ??
    (unmistakable.has(last) && !isImported ? known[0] : undefined)
  )
}
