import type { Asset, AssetVariant, Json, Output } from '@vitrine/contract'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { build } from 'vite'

const web = new URL('../../apps/web', import.meta.url).pathname

/** One form of a medium: a file, and the media type it is served with. */
type Form = { file: string; mime: string }
/** What the page shows: a result, its input, and the media that it may request. */
export type ViewerCase = {
  outputs: Output[]
  input: Json
  media?: Record<string, { asset: Asset; forms: Partial<Record<AssetVariant, Form>> }>
}

/** Builds the page that shows one result alone, into a folder. */
const buildPage = async (outDir: string): Promise<void> => {
  await build({
    configFile: join(web, 'vite.config.ts'),
    root: join(web, 'src/shared/results/test-page'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, manifest: false, minify: false },
  })
}

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
}

const sendFile = async (request: IncomingMessage, response: ServerResponse, { file, mime }: Form) => {
  const { size } = await stat(file)
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '')
  const start = Number(asked?.[1] ?? 0)
  const end = asked?.[2] ? Math.min(size - 1, Number(asked[2])) : size - 1
  response.writeHead(asked ? 206 : 200, {
    'content-type': mime,
    'accept-ranges': 'bytes',
    'content-length': end - start + 1,
    ...(asked && { 'content-range': `bytes ${start}-${end}/${size}` }),
  })
  createReadStream(file, { start, end }).pipe(response)
}

/** Shows viewers alone in a built page: serves the page, the current case, and the media of that case. */
export class ViewerPage {
  readonly #folder: string
  readonly #server: Server
  #shown: ViewerCase = { outputs: [], input: null }

  private constructor(folder: string) {
    this.#folder = folder
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error))
      })
    })
  }

  static async open(): Promise<ViewerPage> {
    const page = new ViewerPage(await mkdtemp(join(tmpdir(), 'vitrine-viewers-')))
    await buildPage(join(page.#folder, 'page'))
    await new Promise<void>((resolve) => page.#server.listen(0, '127.0.0.1', resolve))
    return page
  }

  /** The folder for media of tests. It is removed on `close`. */
  get folder(): string {
    return this.#folder
  }

  get origin(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the page is not served')
    return `http://127.0.0.1:${address.port}`
  }

  /** Sets what the page shows when it is loaded next. */
  show(shown: ViewerCase): void {
    this.#shown = shown
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin)
    const [, id, content] = /^\/api\/v1\/assets\/([\w-]+)(\/content)?$/.exec(pathname) ?? []
    const medium = id === undefined ? undefined : this.#shown.media?.[id]
    const form = medium?.forms[variantOf(searchParams.get('variant'))]
    if (pathname === '/case.json')
      sendJson(response, { outputs: this.#shown.outputs, input: this.#shown.input })
    else if (medium && content === undefined) sendJson(response, medium.asset)
    else if (form) await sendFile(request, response, form)
    else if (id !== undefined || pathname === '/favicon.ico') response.writeHead(404).end()
    else {
      const name = pathname === '/' ? 'index.html' : pathname.slice(1)
      const bytes = await readFile(join(this.#folder, 'page', name))
      response
        .writeHead(200, { 'content-type': types[extname(name)] ?? 'application/octet-stream' })
        .end(bytes)
    }
  }
}

const variants: readonly AssetVariant[] = ['playable', 'original', 'poster', 'thumb', 'waveform']
const variantOf = (asked: string | null): AssetVariant =>
  variants.find((variant) => variant === asked) ?? 'playable'

const sendJson = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A stored medium for tests. `facts` are the properties that matter. */
export const assetOf = (facts: Partial<Asset> & Pick<Asset, 'id' | 'kind'>): Asset => ({
  name: facts.id,
  mime: 'application/octet-stream',
  size: 1,
  status: 'ready',
  reason: null,
  width: null,
  height: null,
  duration_s: null,
  frame_rate: null,
  variants: ['original'],
  tags: [],
  origin: 'upload',
  task_id: null,
  created_at: '2026-01-01T00:00:00Z',
  ...facts,
})
