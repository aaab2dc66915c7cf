import { pathExists } from '../lib/path-exists.ts'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Language } from '@vitrine/contract'
import { z } from 'zod'
import { routeNotFound } from './http.errors.ts'
import { languageOf } from './language.ts'
import { withName, withPreview, type PagePreview } from './page-preview.ts'

/** First path segments of addresses that are never pages. */
const notPages: ReadonlySet<string> = new Set(['api', 'ai', 'git', 'assets', 'healthz', 'readyz', 'metrics'])

const year = 365 * 24 * 3600

/** What serving the pages needs. `previewOfShare` answers null if the link shows nothing to the public. */
export type WebPages = {
  folder: string
  /** The name that administrators gave the platform. Null if it has the product's own. */
  name: () => string | null
  previewOfShare: (token: string, language: Language) => Promise<PagePreview | null>
  /** The origins of the sites that may show the page of a share link in a frame. */
  embeddersOfShare: (token: string) => Promise<readonly string[]>
}

/** Lets sites show a page in a frame, which no page of the platform allows otherwise. */
function allowFrames(reply: FastifyReply, origins: readonly string[]): void {
  if (origins.length === 0) return
  const policy = String(reply.getHeader('content-security-policy'))
  reply.header(
    'content-security-policy',
    policy.replace("frame-ancestors 'none'", `frame-ancestors ${origins.join(' ')}`),
  )
  // It can name no site but the page's own. Browsers that know the policy ignore it, others should not refuse the frame.
  reply.removeHeader('x-frame-options')
}

/** The one HTML page, with the name of the platform. */
async function pageOf({ folder, name }: WebPages): Promise<string> {
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  const given = name()
  return given === null ? page : withName(page, given)
}

const shareParams = z.object({ token: z.string() })

/**
 * Adds the page of a share link, with a preview in its head, because chat programs that read previews do not
 * run scripts. If the preview cannot be read, the page is sent without it.
 */
function addSharePage(app: FastifyInstance, pages: WebPages): void {
  app.get('/s/:token', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    const { token } = shareParams.parse(request.params)
    const preview = await pages.previewOfShare(token, languageOf(request)).catch((error: unknown) => {
      request.log.error({ err: error }, 'a link’s preview could not be read')
      return null
    })
    const embedders = await pages.embeddersOfShare(token).catch((error: unknown) => {
      request.log.error({ err: error }, 'the sites that may show a link could not be read')
      return []
    })
    allowFrames(reply, embedders)
    const page = await pageOf(pages)
    return (
      reply
        .type('text/html; charset=utf-8')
        // A preview must not be cached, because it would stay visible after the link is closed.
        .header('cache-control', 'private, no-cache')
        .header('vary', 'accept-language')
        .send(preview === null ? page : withPreview(page, preview, request.publicOrigin))
    )
  })
}

/**
 * Serves the web application from its built folder: existing files by name, and the one HTML page at every
 * other address, whose router then shows the right view. The names of built files contain a hash of their
 * content, so browsers may cache them.
 */
export async function addWebPages(app: FastifyInstance, pages: WebPages): Promise<void> {
  const { folder } = pages
  await app.register(fastifyStatic, {
    root: folder,
    serve: false,
    cacheControl: false,
    // The build has put them beside the files (scripts/lib/compress-files.mjs).
    preCompressed: true,
  })
  addSharePage(app, pages)
  app.get('/*', { config: { access: 'public' }, schema: { hide: true } }, async (request, reply) => {
    // Not every path that HTTP allows is one for `URL`, which takes `//` for the beginning of a host.
    const [path = '/'] = request.url.split('?')
    const first = path.split('/').find(Boolean) ?? ''
    const isFile = path.includes('.') && (await fileExists(folder, path))
    if (!isFile && notPages.has(first)) throw routeNotFound({ method: request.method, path })
    const forEver = isFile && first === 'assets'
    reply.header('cache-control', forEver ? `public, max-age=${year}, immutable` : 'no-cache')
    reply.header('vary', 'accept-encoding')
    const isPage = !isFile || path === '/index.html'
    if (isPage && pages.name() !== null)
      return reply.type('text/html; charset=utf-8').send(await pageOf(pages))
    return reply.sendFile(isFile ? path.slice(1) : 'index.html')
  })
}

/** Only names inside the folder count. `@fastify/static` refuses the others as well. */
const fileExists = (folder: string, path: string) =>
  path.includes('..') ? Promise.resolve(false) : pathExists(join(folder, path))
