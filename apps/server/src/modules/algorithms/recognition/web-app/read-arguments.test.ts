import { expect, test } from 'vitest'
import { inspect, startOf } from '../package.test-view.ts'
import { fastApi, flask } from './web-app.test-packages.ts'

const parser = 'import argparse\nparser = argparse.ArgumentParser()\n'

test.each([
  ['in its file', { 'main.py': `${parser}args = parser.parse_args()\n${fastApi}` }],
  [
    'in a file that it imports',
    {
      'main.py': `import options\n${fastApi}`,
      'options.py': `${parser}a: int = 1\nargs = parser.parse_args()\n`,
    },
  ],
  [
    'in one expression',
    { 'main.py': `import argparse\nopt = argparse.ArgumentParser(description="x").parse_args()\n${fastApi}` },
  ],
])('an application that reads its arguments when it is loaded gets none: %s', async (_where, files) => {
  const start = (await startOf(files))[2]
  expect(start).toContain('python -c ')
  expect(start).toContain('uvicorn.run("main:app", host=os.environ["HOST"], port=int(os.environ["PORT"]))')
  const { because } = await inspect(files)
  expect(because).toContainEqual(
    expect.stringMatching(/reads the arguments of the command when it is imported/),
  )
})

test('one of a WSGI framework is served so as well', async () => {
  const [, , start] = await startOf({ 'app.py': `${parser}args = parser.parse_args()\n${flask}` })
  expect(start).toContain('waitress.serve(pkgutil.resolve_name("app:app"), host=')
})

test.each([
  ['in a function', 'def main():\n    args = parser.parse_args()\n'],
  ['where it is run as a program', 'if __name__ == "__main__":\n    args = parser.parse_args()\n'],
  ['with arguments of its own', 'args = parser.parse_args([])\n'],
  ['in a comment', '# args = parser.parse_args()\n'],
])('one that reads them only %s is served as usual', async (_where, code) => {
  expect((await startOf({ 'main.py': `${parser}${code}${fastApi}` }))[2]).toContain(
    'python -m uvicorn main:app',
  )
})
