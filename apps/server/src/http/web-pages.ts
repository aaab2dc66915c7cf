import { pathExists } from '../lib/path-exists.ts'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { join } from 'node:path'
import { routeNotFound } from './http.errors.ts'

/** First path segments that are never pages. */
const notPages: ReadonlySet<string> = new Set(['api', 'ai', 'git', 'assets', 'healthz', 'readyz', 'metrics'])

const year = 365 * 24 * 3600

/**
 * Serves the web application from its built folder: files by their name, every other address the one page, which then shows
 * what the address says. Built files have their content's hash in their name, so browsers keep them.
 */
export async function addWebPages(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false })
  app.get('/*', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const path = new URL(request.url, 'http://localhost').pathname
    const first = path.split('/').find(Boolean) ?? ''
    const isFile = path.includes('.') && (await fileExists(folder, path))
    if (!isFile && notPages.has(first)) throw routeNotFound({ method: request.method, path })
    const forEver = isFile && first === 'assets'
    reply.header('cache-control', forEver ? `public, max-age=${year}, immutable` : 'no-cache')
    return reply.sendFile(isFile ? path.slice(1) : 'index.html')
  })
}

/** Only names inside the folder count; `@fastify/static` refuses the others itself as well. */
const fileExists = (folder: string, path: string) =>
  path.includes('..') ? Promise.resolve(false) : pathExists(join(folder, path))
