import type { IncomingMessage, ServerResponse } from 'node:http'
import { instanceConfigPath } from '@vitrine/contract/gateway-names'
import docsPage from '../../python/vitrine_runtime/docs-page.json' with { type: 'json' }
import { readAsked } from './live-config.ts'
import { openapiDocument } from './openapi.ts'
import { sendFile } from './output-files.ts'
import { sendAnswer, type PredictRoute } from './predict-route.ts'
import { Problem } from './problem.ts'
import { readBody } from './request-body.ts'
import { languageOf } from './request-headers.ts'
import type { Service } from './service.ts'
import { StoppableServer } from './stoppable-server.ts'

const keepAliveMs = 75_000

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  sendAnswer(response, { status, body: JSON.stringify(value) })
}

function sendDocs(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
  response.end(docsPage.html.join('\n'))
}

type Exchange = { request: IncomingMessage; response: ServerResponse; path: string }

function sendProblem({ request, response }: Exchange, problem: Problem): void {
  sendJson(response, { error: problem.body(languageOf(request.headers)) }, problem.status)
}

function notFound(exchange: Exchange): void {
  const { request, path } = exchange
  const problem = new Problem('route.not_found', { values: { path, method: request.method ?? '' } })
  sendProblem(exchange, problem)
}

/** Handles the routes that only read. False if no such route has this path. */
function read(exchange: Exchange, service: Service): boolean {
  const { request, response, path } = exchange
  const { manifest, release, commit } = service.release
  const [, folder, name, ...deeper] = path.split('/')
  if (path === '/health') {
    const { health } = service
    sendJson(response, health, health.status === 'READY' || health.status === 'BUSY' ? 200 : 503)
  } else if (path === '/info')
    sendJson(response, {
      ...manifest,
      platform: 'vitrine',
      protocol: '1',
      release,
      commit,
      ...service.revision,
    })
  else if (path === '/openapi.json') sendJson(response, openapiDocument(manifest))
  else if (path === '/docs') sendDocs(response)
  else if (folder === 'outputs' && name && deeper.length === 0) {
    const file = service.published.find(name)
    if (file) sendFile(request, response, file)
    else notFound(exchange)
  } else return false
  return true
}

/**
 * `POST /vitrine/config`: `{since, revision, changes}`. For everybody except the platform, the route does not exist.
 */
async function configure(exchange: Exchange, { config }: Service): Promise<void> {
  const { request, response } = exchange
  if (!config.isFromPlatform(request)) return notFound(exchange)
  try {
    const status = await config.take(readAsked(await readBody(request)))
    sendJson(response, { revision: config.revision }, status)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    sendProblem(exchange, error)
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  service: Service,
  predict: PredictRoute,
) {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const exchange = { request, response, path }
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (path === '/predict' && request.method === 'POST') return predict.handle(request, response)
  if (path === instanceConfigPath && request.method === 'POST') return configure(exchange, service)
  const [, folder, id, ...deeper] = path.split('/')
  const isPrediction = folder === 'predict' && id && deeper.length === 0
  if (isPrediction && (isRead || request.method === 'DELETE'))
    return predict.handleKept(id, request, response)
  if (isRead && read(exchange, service)) return
  const isKnown =
    path === '/predict' || isPrediction || (!isRead && /^\/(health|info|docs|openapi\.json)$/.test(path))
  if (!isKnown) return notFound(exchange)
  const problem = new Problem('route.method_not_allowed', { values: { path, method: request.method ?? '' } })
  sendProblem(exchange, problem)
}

/** Creates the HTTP server of a service. It does not listen yet. */
export function httpServer(service: Service, predict: PredictRoute): StoppableServer {
  // The gateway limits long uploads. This server ends no request because it takes long.
  const options = { keepAliveTimeout: keepAliveMs, requestTimeout: 0 }
  return new StoppableServer(options, (request, response) => {
    route(request, response, service, predict).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return response.destroy()
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      if (response.headersSent) return response.destroy()
      const problem = new Problem('service.internal')
      sendAnswer(response, predict.answers.refused(problem, languageOf(request.headers)))
    })
  })
}
