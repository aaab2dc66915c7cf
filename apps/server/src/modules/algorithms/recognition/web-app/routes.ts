import type { Note, Sentence } from '../../../sources/package-note.ts'
import type { PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'
import { readRoutes } from '../python/python-source.ts'

const shownAtMost = 6
const marks = /@[\w.]+\.(get|post|put|route|api_route)\s*\(|\.add_api_route\s*\(/

const noPredict: Note = {
  code: 'server.no_predict',
  text: say(
    '没有找到路由 POST /predict：服务照样部署，也能通过网关调用，但体验页和任务只会调用 /predict',
    'The route POST /predict was not found. The service is deployed and can be called through the gateway, but the stage and runs only call /predict',
  ),
}

/** What the routes that the code states show. */
export type RoutesFound = { because: Sentence[]; warnings: Note[] }

/** Reads the routes that the code states. */
export async function routesFound(reading: PackageReading): Promise<RoutesFound> {
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
  return { because: names.size > 0 ? [sentence] : [], warnings: hasPredict ? [] : [noPredict] }
}
