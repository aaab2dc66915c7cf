import { expect, test } from 'vitest'
import { readRequirements } from '../recognition/python/requirements.ts'
import { viewOf } from '../recognition/package.test-view.ts'
import { readPackage } from '../recognition/package-reading.ts'
import { oldCalls } from './old-calls.ts'

const templates = 'from fastapi.templating import Jinja2Templates\ntemplates = Jinja2Templates("t")\n'
const old = 'def page(request):\n    return templates.TemplateResponse("a.html", {"request": request})\n'

async function found(code: string, lines: string) {
  const files = { 'main.py': code, 'requirements.txt': lines }
  const requirements = await readRequirements(readPackage(viewOf(files)), '')
  return oldCalls([{ path: 'main.py', text: code }], requirements)
}

test('a template that is given in the old way gets the line that keeps the release which takes it', async () => {
  expect(await found(templates + old, 'fastapi\njinja2\n')).toMatchObject([
    {
      code: 'preflight.old_call',
      path: 'main.py',
      line: 4,
      adds: { path: 'requirements.txt', lines: ['starlette<1'] },
    },
  ])
})

test('a data set that the library no longer has keeps the release that has it', async () => {
  const code = 'from sklearn.datasets import load_boston\nX, y = load_boston(return_X_y=True)\n'
  expect(await found(code, 'scikit-learn\n')).toMatchObject([
    { line: 1, adds: { lines: ['scikit-learn<1.2', 'numpy<2'] } },
  ])
  expect(await found(code, 'scikit-learn==1.1.3\n')).toEqual([])
})

test('an interface of Gradio that is put into another application in the old way keeps the release that serves it', async () => {
  const code = 'import gradio as gr\napp.mount("/x", gr.routes.App.create_app(demo))\n'
  expect(await found(code, 'gradio\n')).toMatchObject([{ line: 2, adds: { lines: ['gradio<6'] } }])
  expect(await found(code, 'gradio<6\n')).toEqual([])
})

test('a module that LangChain has no more keeps the release that has it', async () => {
  const code = 'import os\nfrom langchain.text_splitter import CharacterTextSplitter\n'
  expect(await found(code, 'langchain\nlangchain-openai\n')).toMatchObject([
    { line: 2, adds: { lines: ['langchain<1'] } },
  ])
  expect(await found('from langchain.agents import create_agent\n', 'langchain\n')).toEqual([])
})

test.each([
  ['an exact release is named', templates + old, 'fastapi==0.115.0\n'],
  ['an upper bound is named', templates + old, 'fastapi\nstarlette<1\n'],
  ['it is given in the new way', `${templates}templates.TemplateResponse(request, "a.html")\n`, 'fastapi\n'],
  ['another library has the call', `import other as templates\n${old}`, 'fastapi\n'],
])('nothing is told if %s', async (_name, code, lines) => {
  expect(await found(code, lines)).toEqual([])
})
