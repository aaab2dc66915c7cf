import type { PackageView } from '../../sources/package-view.ts'
import { found, say, type Detector } from './finding.ts'
import { readPython, type PythonRoute } from './python-source.ts'

const routes = [
  { method: 'post', path: '/predict' },
  { method: 'get', path: '/health' },
  { method: 'get', path: '/info' },
]

async function routesIn(view: PackageView): Promise<PythonRoute[]> {
  const files = view.files.filter((file) => file.path.endsWith('.py'))
  const lists: PythonRoute[][] = []
  for (const { path } of files) {
    const source = await view.readText(path)
    if (source !== null) lists.push(readPython(source).routes)
  }
  return lists.flat()
}

const answers = (known: PythonRoute, wanted: { method: string; path: string }) =>
  known.path.replace(/\/$/, '') === wanted.path && [wanted.method, 'any', 'api_route'].includes(known.method)

/**
 * Detects a FastAPI application in the package: a `main.py` with `app = FastAPI(`. It serves the three routes
 * itself.
 */
export const detectFastApiApp: Detector = async (view, stated) => {
  if (stated.runtime !== undefined && stated.runtime !== 'python') return null
  const source = await view.readText('main.py')
  if (source === null || !readPython(source).fastApiNames.includes('app')) return null
  const known = await routesIn(view)
  const present = routes.filter((wanted) => known.some((route) => answers(route, wanted)))
  const names = (list: typeof routes) => list.map((route) => `${route.method.toUpperCase()} ${route.path}`)
  const because = [say('main.py 里有 app = FastAPI(…)', 'main.py has app = FastAPI(…)')]
  if (present.length > 0)
    because.push(
      say(`找到路由 ${names(present).join('、')}`, `Found the routes ${names(present).join(', ')}`),
    )
  const missing = names(routes.filter((route) => !present.includes(route)))
  return {
    ...found('fastapi-app', 'python', 'main.py:app', because),
    warnings: missing.map((route) => ({
      code: 'fastapi.route_missing',
      path: 'main.py',
      text: say(
        `没有找到路由 ${route}。平台需要它，请确认应用中有这个路由`,
        `The route ${route} was not found. The platform needs it; make sure that the app has it`,
      ),
    })),
  }
}
