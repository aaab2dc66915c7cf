import type { Sentence } from '../../../sources/finding.ts'
import { pythonRoutes } from '../code-routes/python-routes.ts'
import type { PackageReading } from '../package-reading.ts'
import { say } from '../plan.ts'

const shownAtMost = 6

const stageLater = say(
  '没有路由 POST /predict，也不需要：部署后在展台上选一个接口，或显示它自己的页面',
  'There is no route POST /predict, and none is needed: after deploying, choose an operation for its stage, or let the stage show its own page',
)

/** What the routes that the code states show, and how they become a stage. */
export async function routesFound(reading: PackageReading): Promise<Sentence[]> {
  const routes = await pythonRoutes(reading)
  const names = new Set(routes.map(({ method, path }) => `${method} ${path}`))
  const hasPredict = routes.some(
    ({ method, path }) => method === 'POST' && path.replace(/\/$/, '').endsWith('/predict'),
  )
  const shown = [...names].slice(0, shownAtMost)
  const more = names.size - shown.length
  const sentence = say(
    `找到路由 ${shown.join('、')}${more > 0 ? `，另有 ${more} 个` : ''}`,
    `Found the routes ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  )
  return [...(names.size > 0 ? [sentence] : []), ...(hasPredict ? [] : [stageLater])]
}
