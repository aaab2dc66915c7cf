import { expect, test } from 'vitest'
import { startOf } from '../package.test-view.ts'

test('a factory that needs arguments is started by the function that gives them', async () => {
  const app =
    'import falcon\n\n\ndef create_app(store):\n    app = falcon.App()\n    return app\n\n\ndef get_app():\n    return create_app({})\n'
  expect(await startOf({ 'look/app.py': app, 'look/__init__.py': '' })).toEqual([
    'wsgi-app',
    'look/app.py:get_app()',
    'python -m waitress --host="$HOST" --port="$PORT" --call look.app:get_app',
  ])
})
