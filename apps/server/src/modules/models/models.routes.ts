import type { FastifyInstance } from 'fastify'
import { createReadStream } from 'node:fs'
import type { Actor } from '../../lib/actor.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { AppError } from '../../lib/errors.ts'
import { consumeUpload, type UploadsDeps } from '../uploads/uploads.usecases.ts'
import {
  deleteModel,
  keepModel,
  listModels,
  loadModel,
  showModel,
  type ModelsDeps,
} from './models.usecases.ts'

type RouteDeps = ModelsDeps & { arrived: UploadsDeps }

/** Whether the file itself is wrong. It can never be stored, so it is deleted at once and frees the sender's space. */
const isWrongFile = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'model.digest_mismatch' || error.code === 'model.too_large')

/** Keeps a complete resumable upload. Its bytes count for its sender already, since the upload was announced. */
function keepArrived(
  deps: RouteDeps,
  actor: Actor,
  body: { upload_id: string; name?: string | undefined; sha256?: string | undefined },
) {
  return consumeUpload(
    deps.arrived,
    { actor, id: body.upload_id },
    ({ path, name }) =>
      keepModel(deps, {
        owner: actor,
        name: body.name ?? name ?? 'model',
        origin: 'upload',
        expected: body.sha256,
        content: createReadStream(path),
        grow: () => undefined,
      }),
    isWrongFile,
  )
}

/** Adds the routes of model files. */
export function addModelRoutes(app: FastifyInstance, deps: RouteDeps): void {
  addRoute(app, 'GET /models', ({ query }, { request }) =>
    listModels(deps, { actor: actorOf(request), query }),
  )
  addRoute(app, 'POST /models', async ({ body }, { request }) =>
    showModel(deps, await keepArrived(deps, actorOf(request), body)),
  )
  addRoute(app, 'GET /models/{id}', async ({ params }, { request }) =>
    showModel(deps, await loadModel(deps, { actor: actorOf(request), id: params.id })),
  )
  addRoute(app, 'DELETE /models/{id}', ({ params }, { request }) =>
    deleteModel(deps, { actor: actorOf(request), id: params.id }),
  )
}
