import { expect, test } from 'vitest'
import { inspect, startOf } from '../package.test-view.ts'

const chat =
  'import chainlit as cl\n\n\n@cl.on_message\nasync def answer(message):\n    await cl.Message(content=message.content).send()\n'
const listed = { 'requirements.txt': 'chainlit==2.8.1\n' }

test('a chat of Chainlit is started by its own command, at the address and port of the platform', async () => {
  const [form, entry, start] = await startOf({ ...listed, 'helpers.py': 'import chainlit\n', 'app.py': chat })
  expect([form, entry]).toEqual(['python-app', 'app.py'])
  expect(start).toBe(
    'python -c "from chainlit.cli import cli; cli()" run app.py --host "$HOST" --port "$PORT" --headless',
  )
})

test('what Chainlit writes where it runs leads out of the release, but not what the package has', async () => {
  const launchOf = async (files: Record<string, string>) =>
    (await inspect({ ...listed, ...files, 'app.py': chat })).manifest?.launch
  expect(await launchOf({})).toMatchObject({ writes: ['.files', '.chainlit'], writes_files: ['chainlit.md'] })
  const own = await launchOf({ '.chainlit/config.toml': '', 'chainlit.md': '# Hello\n' })
  expect(own?.writes).toEqual(['.files', '.chainlit/translations'])
  expect(own?.writes_files).toBeUndefined()
})

test('a module without a function that answers is no chat', async () => {
  expect(await startOf({ ...listed, 'app.py': 'import chainlit as cl\nprint(cl.__version__)\n' })).toEqual([
    null,
  ])
})
