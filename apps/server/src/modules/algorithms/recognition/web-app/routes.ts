import type { Sentence } from '../../../sources/package-note.ts'
import type { PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'
import { readRoutes } from '../python/python-source.ts'

const shownAtMost = 6
const marks = /@[\w.]+\.(get|post|put|route|api_route)\s*\(|\.add_api_route\s*\(/

const stageLater = say(
  '没有路由 POST /predict，也不需要：部署后在展台上选一个接口，或显示它自己的页面',
  'There is no route POST /predict, and none is needed: after deploying, choose an operation for its stage, or let the stage show its own page',
)

/** What the routes that the code states show, and how they become a stage. */
export async function routesFound(reading: PackageReading): Promise<Sentence[]> {
  const names = new Set<string>()
  let hasPredict = false
  for (const { code, source } of await reading.modulesWith(marks))
    for (const { method, path } of readRoutes(code, source)) {
      const isKnown = ['get', 'post', 'put'].includes(method)
      names.add(isKnown ? `${method.toUpperCase()} ${path}` : path)
      hasPredict ||= path.replace(/\/$/, '').endsWith('/predict') && !['get', 'put'].includes(method)
    }
  const shown = [...names].slice(0, shownAtMost)
  const more = names.size - shown.length
  const sentence = say(
    `找到路由 ${shown.join('、')}${more > 0 ? `，另有 ${more} 个` : ''}`,
    `Found the routes ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  )
  return [...(names.size > 0 ? [sentence] : []), ...(hasPredict ? [] : [stageLater])]
}
