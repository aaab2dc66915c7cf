import { expect, test } from 'vitest'
import { inspect, startOf } from '../package.test-view.ts'

const settings =
  '{"server.socket_host": os.environ["HOST"], "server.socket_port": int(os.environ["PORT"]), "engine.autoreload.on": False}'
const before = `import os, runpy, sys, cherrypy; cherrypy.engine.subscribe("start", lambda: cherrypy.config.update(${settings}), priority=1)`

test('a program of CherryPy gets the address of the platform whatever its own settings say', async () => {
  const source =
    'import cherrypy\n\n\ndef main():\n    cherrypy.config.update({"server.socket_port": 8086})\n    cherrypy.engine.start()\n    cherrypy.engine.block()\n\n\nif __name__ == "__main__":\n    main()\n'
  expect(await startOf({ 'server.py': source })).toEqual([
    'python-app',
    'server.py',
    `python -c '${before}; runpy.run_path("server.py", run_name="__main__")'`,
  ])
})

test('what it imports is found beside it', async () => {
  const files = {
    'src/web.py': 'import cherrypy\nimport pages\ncherrypy.quickstart(pages.Root())\n',
    'src/pages.py': '',
  }
  const { manifest } = await inspect(files)
  expect(manifest?.launch?.install).toEqual(['cherrypy'])
  expect(manifest?.launch?.start).toContain('sys.path.insert(0, "src"); runpy.run_path("src/web.py"')
})
