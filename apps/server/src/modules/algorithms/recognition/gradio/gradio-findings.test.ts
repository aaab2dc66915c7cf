import { expect, test } from 'vitest'
import { inspect } from '../package.test-view.ts'

const app = (launch: string) =>
  `import gradio as gr\ndemo = gr.Interface(fn=len, inputs="text", outputs="number")\n${launch}\n`
const told = async (launch: string, requirements = 'gradio==5.0.0\n') => {
  const { warnings } = await inspect({ 'app.py': app(launch), 'requirements.txt': requirements })
  return warnings.filter(({ code }) => code.startsWith('gradio.')).map(({ code, line }) => [code, line])
}

test.each([
  ['demo.launch(auth=("admin", "pass"))', [['gradio.signs_in', 3]]],
  ['demo.queue().launch(\n    share=False,\n    auth=check,\n)', [['gradio.signs_in', 3]]],
  ['demo.launch(auth=None)', []],
  ['demo.launch(share=True)  # auth=("a", "b")', []],
  ['demo.launch(max_threads=4)\nlogin(auth=("a", "b"))', []],
])('an app that has visitors sign in itself is told with what that means: %s', async (launch, expected) => {
  expect(await told(launch)).toEqual(expected)
})

test.each([
  ['gradio==3.50.2\n', [['gradio.old', 1]]],
  ['numpy\ngradio[oauth]~=3.41\n', [['gradio.old', 2]]],
  ['gradio>=3.0,<4\n', [['gradio.old', 1]]],
  ['gradio>=3.50\n', []],
  ['gradio==4.44.1\n', []],
  ['gradio<5\n', []],
  ['gradio_client==0.3.0\ngradio\n', []],
])('Gradio before version 4 is told, because its calls take files otherwise: %j', async (lines, expected) => {
  expect(await told('demo.launch()', lines)).toEqual(expected)
})
