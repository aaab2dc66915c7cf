import { expect, test } from 'vitest'
import { installedBy } from './pip-command.ts'

test.each([
  [
    'pip install gradio==3.41.2 "opencv-python>=4,<5" \'uvicorn[standard]\'',
    ['gradio==3.41.2', 'opencv-python>=4,<5', 'uvicorn[standard]'],
  ],
  [
    'python3.10 -m pip install -U --no-cache-dir torch==2.1.0+cu121 --extra-index-url https://download.pytorch.org/whl/cu121',
    ['--extra-index-url https://download.pytorch.org/whl/cu121', 'torch==2.1.0+cu121'],
  ],
  [
    'pip3 install --index-url=https://mirror.example/simple a && pip install b',
    ['--index-url https://mirror.example/simple', 'a', 'b'],
  ],
  [
    'uv pip install --system https://x.example/a-1-py3-none-any.whl',
    ['https://x.example/a-1-py3-none-any.whl'],
  ],
])('%s says which packages are installed', (command, lines) => {
  expect(installedBy(command)).toEqual(lines)
})

test.each([
  'apt install -y ffmpeg',
  'pip install a; rm -rf /x',
  'pip install $PACKAGES',
  'pip install a || true',
  'pip install -r requirements.txt',
  'pip install .',
  'pip install --no-deps a',
  'pip install --extra-index-url https://name:secret@x.example/simple a',
  'cd /src && pip install a',
  'pip install',
])('%s is more than names of packages', (command) => {
  expect(installedBy(command)).toBeNull()
})
