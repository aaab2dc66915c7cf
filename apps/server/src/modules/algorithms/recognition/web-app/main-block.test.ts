import { describe, expect, test } from 'vitest'
import { inspect } from '../package.test-view.ts'

describe('a file whose last lines make something ready before they serve', () => {
  const head = 'import uvicorn\nfrom fastapi import FastAPI\napp = FastAPI()\n\nif __name__ == "__main__":\n'
  test.each<[string, string]>([
    ['a model', '    tokenizer, model = load()\n    uvicorn.run(app, port=8000)\n'],
    ['a call that loads', '    print("loading")\n    load_model()\n    uvicorn.run(app)\n'],
    ['a thread', '    worker.start()\n    app.run()\n'],
  ])('is run as a program, and can still be served as an application: %s', async (_name, lines) => {
    const { manifest, alternatives } = await inspect({ 'api.py': head + lines })
    expect([manifest?.form, manifest?.entry, manifest?.launch?.start]).toEqual([
      'python-app',
      'api.py',
      'python api.py',
    ])
    expect(alternatives.map(({ entry }) => entry)).toContain('api.py:app')
  })

  test('is run as a program in main.py too, before a class beside it', async () => {
    const files = {
      'main.py': `${head}    model = load()\n    uvicorn.run(app)\n`,
      'ai_algorithm.py': 'class Algorithm:\n    def predict(self, x): ...\n',
    }
    expect((await inspect(files)).manifest?.entry).toBe('main.py')
  })

  test.each<[string, string]>([
    ['only serve', '    uvicorn.run(app, port=8000)\n'],
    [
      'read how to listen',
      '    parser = make()\n    args = parser.parse_args()\n    port: int = 80\n    uvicorn.run(app, port=port)\n',
    ],
    ['do not serve', '    model = load()\n    print(model)\n'],
  ])('is imported if they %s', async (_name, lines) => {
    expect((await inspect({ 'api.py': head + lines })).manifest?.entry).toBe('api.py:app')
  })
})
