import { expect, test } from 'vitest'
import { inspect, type Files } from '../package.test-view.ts'

test.each<[string, Files, string, RegExp]>([
  ['a Dockerfile', { Dockerfile: 'FROM nvidia/cuda' }, 'seen.dockerfile', /a platform with Docker.*entry/],
  [
    'Go',
    { 'go.mod': '', 'main.go': '' },
    'seen.go',
    /go\.mod, main\.go: source code in Go.*runtime: command/,
  ],
  ['Rust', { 'Cargo.toml': '', 'src/main.rs': '' }, 'seen.rust', /Rust.*does not compile/],
  [
    'Workers of Cloudflare',
    {
      'package.json': '{"dependencies": {"hono": "4"}}',
      'wrangler.toml': 'main = "src/index.ts"',
      'src/index.ts': '',
    },
    'seen.workers',
    /wrangler\.toml: written for Workers.*@hono\/node-server.*start/,
  ],
  [
    'a project of MLflow',
    { MLproject: 'name: wine\n', 'train.py': 'import mlflow\n' },
    'seen.mlflow_project',
    /MLproject: a project of MLflow, which trains.*upload the folder of the model/,
  ],
  [
    'a model for Triton',
    {
      'add/config.pbtxt': '',
      'add/1/model.py': 'class TritonPythonModel:\n    def execute(self, requests): ...\n',
    },
    'seen.triton',
    /config\.pbtxt: a model for Triton.*initialize and execute.*class Algorithm/,
  ],
  ['an archive sent as a file', { 'cats.zip': 'PK' }, 'seen.archive', /cats\.zip.*in the field archive/],
  ['.NET', { 'Web.csproj': '' }, 'seen.dotnet', /Web\.csproj: source code in \.NET/],
  ['R', { 'app/predict.R': '' }, 'seen.r', /predict\.R: source code in R.*entry: Rscript -e/],
  ['Julia', { 'app.jl': '' }, 'seen.julia', /in Julia.*entry: julia app\.jl/],
  ['PHP', { 'public/index.php': '' }, 'seen.php', /in PHP.*entry: php -S/],
  ['Ruby', { 'config.ru': '' }, 'seen.ruby', /in Ruby.*rackup/],
  ['Java', { 'pom.xml': '' }, 'seen.java', /Java/],
  ['a notebook', { 'Train Model.ipynb': '{}' }, 'seen.notebook', /Train Model\.ipynb.*class Algorithm/],
  ['weights alone', { 'best.pt': '' }, 'seen.weights', /best\.pt: a model, but no code.*setup\(\)/],
  [
    'a Node package without a server',
    { 'package.json': '{}', 'index.js': '' },
    'seen.node_package',
    /does not export predict.*none of Express, .*Polka/,
  ],
  [
    'a Node server without a start',
    { 'package.json': '{"dependencies": {"express": "4"}}', 'lib/web.js': '' },
    'seen.node_package',
    /^(?!.*none of).*depends on Express, but has no start script.*Add a script start/,
  ],
  [
    'a server for Bun',
    {
      'package.json': '{}',
      'index.ts': 'export default Bun.serve({ port: 3000, fetch: () => new Response() })',
    },
    'seen.other_runtime',
    /index\.ts serves by Bun\.serve.*node:http/,
  ],
  [
    'a server for Deno without a package.json',
    { 'main.ts': 'import express from "npm:express@4.18.2"\nexpress().listen(8000)\n' },
    'seen.other_runtime',
    /main\.ts imports packages as Deno does.*has no Deno/,
  ],
  [
    'a training script',
    { 'train.py': 'import torch\nfrom transformers import AutoModel\n' },
    'seen.python',
    /uses PyTorch \(train\.py\), Transformers \(train\.py\).*ai_algorithm\.py/,
  ],
  [
    'a package below a folder',
    { 'resnet/cog.yaml': '', 'README.md': '' },
    'seen.below',
    /resnet\/cog\.yaml.*only that folder/,
  ],
  ['plain Python', { 'util.py': 'x = 1\n' }, 'seen.python', /Python files: util\.py/],
  [
    'an application without a name',
    { 'web.py': 'from fastapi import FastAPI\nrun(FastAPI())\n' },
    'seen.python',
    /FastAPI \(web\.py\).*No application object/,
  ],
  [
    'an application in an example',
    { 'examples/web.py': 'from fastapi import FastAPI\napp = FastAPI()\n' },
    'seen.python',
    /FastAPI \(examples\/web\.py\).*examples are no entries/,
  ],
])(
  'what is not recognised is told by what it has, and what to add: %s',
  async (_name, files, code, words) => {
    const { recognised, problems } = await inspect(files)
    expect(recognised).toBeNull()
    expect(problems[0]?.code).toBe('algorithm.not_recognised')
    expect(problems.find((problem) => problem.code === code)?.message).toMatch(words)
  },
)

test('what is recognised says nothing of its Dockerfile and weights', async () => {
  const { problems } = await inspect({
    'main.py': 'from fastapi import FastAPI\napp = FastAPI()\n',
    Dockerfile: '',
    'model.pt': '',
  })
  expect(problems).toEqual([])
})

test('a program that the command of Panel serves is started by the lines that are proposed', async () => {
  const source = 'import panel as pn\npn.Row("Hello").servable()\n'
  const files = { 'app.py': source, 'requirements.txt': 'panel\n' }
  const { problems } = await inspect(files)
  const lines = problems.flatMap(({ adds }) => adds?.lines ?? [])
  const { manifest } = await inspect({ ...files, 'algorithm.yaml': lines.join('\n') })
  expect(manifest?.runtime).toBe('python')
  expect(manifest?.entry).toBe(
    `panel serve app.py --address "$HOST" --port "$PORT" --allow-websocket-origin '*'`,
  )
})
