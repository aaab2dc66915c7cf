import { pathExists } from '../lib/path-exists.ts'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Language } from '@vitrine/contract'
import { z } from 'zod'
import { routeNotFound } from './http.errors.ts'
import { languageOf } from './language.ts'
import { withPreview, type PagePreview } from './page-preview.ts'

/** First path segments that are never pages. */
const notPages: ReadonlySet<string> = new Set(['api', 'ai', 'git', 'assets', 'healthz', 'readyz', 'metrics'])

const year = 365 * 24 * 3600

/** What the pages are made of; `previewOfShare` answers null where a link shows nothing to everybody who has it. */
export type WebPages = {
  folder: string
  previewOfShare: (token: string, language: Language) => Promise<PagePreview | null>
}

const shareParams = z.object({ token: z.string() })
const originOf = (request: FastifyRequest) => `${request.protocol}://${request.host}`

/**
 * The page of a link, with what the link shows in its head: what reads it for a chat runs no script. The page is worth more than
 * its preview, so it is also sent when that cannot be read.
 */
function addSharePage(app: FastifyInstance, pages: WebPages): void {
  app.get('/s/:token', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const { token } = shareParams.parse(request.params)
    const preview = await pages.previewOfShare(token, languageOf(request)).catch((error: unknown) => {
      request.log.error({ err: error }, 'a link’s preview could not be read')
      return null
    })
    const page = await readFile(join(pages.folder, 'index.html'), 'utf8')
    return (
      reply
        .type('text/html; charset=utf-8')
        // What a link showed must not outlive it.
        .header('cache-control', 'private, no-cache')
        .header('vary', 'accept-language')
        .send(preview === null ? page : withPreview(page, preview, originOf(request)))
    )
  })
}

/**
 * Serves the web application from its built folder: files by their name, every other address the one page, which then shows
 * what the address says. Built files have their content's hash in their name, so browsers keep them.
 */
export async function addWebPages(app: FastifyInstance, pages: WebPages): Promise<void> {
  const { folder } = pages
  await app.register(fastifyStatic, { root: folder, serve: false, cacheControl: false })
  addSharePage(app, pages)
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
