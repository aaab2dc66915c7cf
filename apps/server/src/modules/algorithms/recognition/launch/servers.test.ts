import { describe, expect, test } from 'vitest'
import { inspect, viewOf, type Files } from '../package.test-view.ts'
import { recognise } from '../recognise.ts'
import { readLaunch } from './launch-edits.ts'
import { applyEdits } from './text-edit.ts'

/** One file of a package as it is deployed. */
async function deployed(files: Files, path: string): Promise<string> {
  const view = viewOf(files)
  const { manifest } = await recognise(view, { packageName: 'demo' })
  if (!manifest) throw new Error('the package is not recognised')
  const { edits } = await readLaunch(view, manifest)
  return applyEdits(
    files[path] ?? '',
    edits.filter((edit) => edit.path === path),
  )
}
const port = 'int(__import__("os").environ["PORT"])'
const host = '__import__("os").environ["HOST"]'

describe('a Python program that serves itself listens on the address of the platform', () => {
  const lit = 'import litserve as ls\nserver = ls.LitServer(Api())\n'
  const gradio = 'import gradio as gr\n'
  test.each<[string, string, string]>([
    ['LitServe', `${lit}server.run(port=8000)`, `${lit}server.run(port=${port}, host=${host})`],
    ['LitServe without a port', `${lit}server.run()`, `${lit}server.run(port=${port}, host=${host})`],
    [
      'aiohttp without a port',
      'from aiohttp import web\nweb.run_app(init_app())',
      `from aiohttp import web\nweb.run_app(init_app(), port=${port}, host=${host})`,
    ],
    [
      'NiceGUI, which listens on 8080 if it is told nothing',
      'from nicegui import ui\nui.run(root)',
      `from nicegui import ui\nui.run(root, port=${port}, host=${host})`,
    ],
    [
      'Gradio',
      `${gradio}gr.Interface(f, "text", "text").launch(server_name="0.0.0.0", server_port=7860)`,
      `${gradio}gr.Interface(f, "text", "text").launch(server_name=${host}, server_port=${port})`,
    ],
    [
      'Gradio that opens itself to the internet',
      `${gradio}demo = gr.Blocks()\ndemo.queue().launch(share=True)`,
      `${gradio}demo = gr.Blocks()\ndemo.queue().launch(share=False)`,
    ],
    [
      'an option of the command line',
      `${gradio}p.add_argument("--port", type=int, default=7860)\nargs = p.parse_args()\ngr.Blocks().launch(server_port=args.port)`,
      `${gradio}p.add_argument("--port", type=int, default=${port})\nargs = p.parse_args()\ngr.Blocks().launch(server_port=args.port)`,
    ],
  ])('%s', async (_name, source, expected) => {
    expect(await deployed({ 'app.py': source }, 'app.py')).toBe(expected)
  })

  test.each([
    `${gradio}gr.Blocks().launch()`,
    'from aiohttp import web\nweb.run_app(app, sock=own)',
    `${gradio}gr.Blocks().launch(share=False, server_port=int(os.environ["PORT"]))`,
  ])('that does so already stays as it is: %j', async (source) => {
    expect(await deployed({ 'app.py': source }, 'app.py')).toBe(source)
  })

  test.each([
    'class Api:\n    def predict(self, x):\n        return self.session.run(None, x)\n',
    'import subprocess\nsubprocess.run(["make"])\n',
    'import asyncio\nasyncio.run(main())\n',
    'Job(1).run()\n',
    'def make():\n    job = Job()\n    return job\njob = make()\njob.run()\n',
  ])('only the server does: what else is called run stays as it is: %j', async (other) => {
    const source = `${other}${lit}server.run(port=8000)`
    expect(await deployed({ 'server.py': source }, 'server.py')).toBe(
      `${other}${lit}server.run(port=${port}, host=${host})`,
    )
  })

  test.each([
    ['made where it runs', 'ls.LitServer(Api()).run(', ')'],
    ['an attribute', 'self.server: ls.LitServer = ls.LitServer(Api())\nself.server.run(', ')'],
    [
      'made by a function',
      'def make():\n    made = ls.LitServer(Api())\n    return made\nweb = make()\nweb.run(',
      ')',
    ],
  ])('also a server that is %s', async (_name, before, after) => {
    const start = `import litserve as ls\n${before}`
    expect(await deployed({ 'server.py': `${start}${after}` }, 'server.py')).toBe(
      `${start}port=${port}, host=${host}${after}`,
    )
  })

  test('an application that a server imports keeps the lines that never run', async () => {
    const source =
      'from flask import Flask\napp = Flask(__name__)\nif __name__ == "__main__":\n    app.run(port=5001)\n'
    expect(await deployed({ 'app.py': source }, 'app.py')).toBe(source)
  })
})

describe('a Node server listens on the address of the platform', () => {
  const packageFile = '{"dependencies": {"express": "4"}, "scripts": {"start": "node app.js"}}'
  test.each<[string, string, string]>([
    ['a number', 'app.listen(3000)', 'app.listen(process.env.PORT)'],
    ['a number and more', 'app.listen(3000, () => {})', 'app.listen(process.env.PORT, () => {})'],
    [
      'a constant',
      'const port = 3000;\napp.listen(port);',
      'const port = process.env.PORT;\napp.listen(port);',
    ],
    [
      'options',
      "fastify.listen({ port: 3000, host: '0.0.0.0' })",
      'fastify.listen({ port: process.env.PORT, host: process.env.HOST })',
    ],
    [
      'options of hapi',
      "Hapi.server({ port: 3000, host: '0.0.0.0' })",
      'Hapi.server({ port: process.env.PORT, host: process.env.HOST })',
    ],
    ['a host', "app.listen(process.env.PORT, '0.0.0.0')", 'app.listen(process.env.PORT, process.env.HOST)'],
    [
      'short options',
      'const port = 8080\nserve({ fetch: app.fetch, port })',
      'const port = process.env.PORT\nserve({ fetch: app.fetch, port })',
    ],
  ])('%s', async (_name, source, expected) => {
    expect(await deployed({ 'package.json': packageFile, 'app.js': `${source}\n` }, 'app.js')).toBe(
      `${expected}\n`,
    )
  })

  test.each([
    'app.listen(process.env.PORT || 3000)',
    'const port = 3000\nother(port)',
    'redis.connect({ port: 6379 })',
  ])('what does so already, or does not listen, stays as it is: %j', async (source) => {
    expect(await deployed({ 'package.json': packageFile, 'app.js': source }, 'app.js')).toBe(source)
  })

  test('a start that names its file without an ending is found, as Node finds it', async () => {
    const files = {
      'package.json': '{"dependencies": {"express": "4"}, "scripts": {"start": "node dist/main"}}',
      'dist/main.js': 'app.listen(3000)\n',
    }
    expect(await deployed(files, 'dist/main.js')).toBe('app.listen(process.env.PORT)\n')
  })

  test('the line is named, in the file that listens', async () => {
    const files = {
      'package.json': packageFile,
      'app.js': "require('./web')\n",
      'web.js': 'const app = express()\napp.listen(3000)\n',
    }
    expect((await inspect(files)).warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('web.js line 2: The port is fixed to 3000'),
    ])
  })
})
