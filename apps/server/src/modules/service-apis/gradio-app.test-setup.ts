import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'

const file = { title: 'ImageData', type: 'object', properties: { path: { type: 'string' } } }
/** What a Gradio app answers at `/gradio_api/info`, shortened. */
const info = {
  named_endpoints: {
    '/classify': {
      parameters: [
        {
          label: 'Text',
          parameter_name: 'text',
          parameter_has_default: false,
          parameter_default: null,
          type: { type: 'string' },
          component: 'Textbox',
        },
        {
          label: 'Top',
          parameter_name: 'top',
          parameter_has_default: true,
          parameter_default: 2,
          type: { type: 'number', description: 'numeric value between 1 and 5' },
          component: 'Slider',
        },
        {
          label: 'Mode',
          parameter_name: 'mode',
          parameter_has_default: true,
          parameter_default: 'a',
          type: { type: 'string', enum: ['a', 'b'] },
          component: 'Dropdown',
        },
      ],
      returns: [{ label: 'Label', type: { type: 'object' }, component: 'Label' }],
      api_visibility: 'public',
    },
    '/invert': {
      parameters: [
        {
          label: 'Mask',
          parameter_name: 'mask',
          parameter_has_default: false,
          type: file,
          component: 'Image',
        },
        {
          label: 'Image',
          parameter_name: 'image',
          parameter_has_default: false,
          type: file,
          component: 'Image',
        },
      ],
      returns: [
        { label: 'State', type: {}, component: 'JSON' },
        { label: 'Out', type: file, component: 'Image' },
      ],
    },
    '/hidden': { parameters: [], returns: [], api_visibility: 'private' },
  },
  unnamed_endpoints: {},
}
const openapi = {
  openapi: '3.1.0',
  info: { title: 'FastAPI' },
  paths: {
    '/login': { post: {} },
    '/gradio_api/call/{api_name}': { post: {} },
    '/gradio_api/run/{api_name}': { post: {} },
  },
}

/** The part of a Gradio app that is called. */
export class GradioApp {
  readonly calls: { path: string; body: string }[] = []
  /** The events that end a call. */
  end = 'event: complete\ndata: [null]\n\n'
  /** The answer to the beginning of a call, as JSON. */
  begun = '{"event_id":"e1"}'
  /** The answer to an upload. */
  stored: unknown = ['/tmp/gradio/1/in.png']
  readonly #server = createServer((request, response) => {
    void this.#bodyOf(request).then((body) => {
      const path = request.url ?? ''
      this.calls.push({ path, body })
      const answer = this.#answer(path)
      response.writeHead(answer === null ? 404 : 200, { 'content-type': answer?.type ?? 'text/plain' })
      response.end(answer?.text ?? '')
    })
  })

  async #bodyOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString('latin1')
  }

  #answer(path: string): { type: string; text: string } | null {
    const json = (value: unknown) => ({ type: 'application/json', text: JSON.stringify(value) })
    if (path === '/openapi.json') return json(openapi)
    if (path === '/gradio_api/info') return json(info)
    if (path === '/gradio_api/upload') return json(this.stored)
    if (/^\/gradio_api\/call\/\w+$/.test(path)) return { type: 'application/json', text: this.begun }
    if (/^\/gradio_api\/call\/\w+\/e1$/.test(path))
      return { type: 'text/event-stream', text: `event: heartbeat\ndata: null\n\n${this.end}` }
    if (path.startsWith('/gradio_api/file=')) return { type: 'image/png', text: 'picture' }
    return null
  }

  async listen(): Promise<{ host: string; port: number }> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('there is no port')
    return { host: '127.0.0.1', port: address.port }
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
