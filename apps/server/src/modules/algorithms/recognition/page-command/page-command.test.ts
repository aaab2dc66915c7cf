import { expect, test } from 'vitest'
import { startOf } from '../package.test-view.ts'

test.each([
  [
    'marimo',
    {
      'notebook.py':
        'import marimo\n\napp = marimo.App(width="medium")\n\n\n@app.cell\ndef _():\n    return\n',
    },
    [
      'python-app',
      'notebook.py',
      'python -m marimo run notebook.py --host "$HOST" --port "$PORT" --headless --no-token',
    ],
  ],
  [
    'Shiny Express',
    { 'app.py': 'from shiny.express import input, render, ui\n\nui.input_slider("n", "N", 0, 100, 20)\n' },
    ['python-app', 'app.py', 'python -m shiny run app.py --host "$HOST" --port "$PORT"'],
  ],
  [
    'Solara',
    { 'app.py': 'import solara\n\n\n@solara.component\ndef Page():\n    solara.Text("Hello")\n' },
    ['python-app', 'app.py', 'python -m solara run app.py --host "$HOST" --port "$PORT" --production'],
  ],
])('a page of %s is served by the command of its library', async (_name, files, start) => {
  expect(await startOf(files)).toEqual(start)
})

test('a module that only uses such a library is no page', async () => {
  expect(
    await startOf({
      'parts.py': 'import marimo as mo\nimport solara\n\n\n@solara.component\ndef Row():\n    mo.md("x")\n',
    }),
  ).toEqual([null])
})
