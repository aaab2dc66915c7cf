import type { FastifyInstance } from 'fastify'
import { languageOf } from '../../http/language.ts'
import { actorOf, addRoute } from '../../http/route.ts'
import { rotateKey, type RotateKeyDeps } from './rotate-key.ts'

const words = { zh: '已更换密钥', en: 'The key is changed' }

/** Adds the change of the key with which secrets are sealed. */
export function addSecretRoutes(app: FastifyInstance, deps: RotateKeyDeps): void {
  addRoute(app, 'POST /config/rotate-key', async (_input, { request }) => ({
    message: words[languageOf(request)],
    ...(await rotateKey(deps, actorOf(request))),
  }))
}
