import { expect, test } from 'vitest'
import { clueIn, clueWords } from './log-clue.ts'

test.each([
  [
    ['  import cv2', "ModuleNotFoundError: No module named 'cv2'"],
    { code: 'missing_module', module: 'cv2', language: 'python' },
  ],
  [["Error: Cannot find module 'sharp'"], { code: 'missing_module', module: 'sharp', language: 'node' }],
  [
    ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@tensorflow/tfjs' imported from /data/index.js"],
    { code: 'missing_module', module: '@tensorflow/tfjs', language: 'node' },
  ],
  [["Error: Cannot find module './model.js'"], null],
  [["Error: Cannot find module '/data/services/a/releases/1/index.js'"], null],
  [['OSError: [Errno 98] error while attempting to bind on address'], { code: 'port_in_use' }],
  [["PermissionError: [Errno 13] Permission denied: '/root/model.pt'"], { code: 'permission_denied' }],
  [['  File "/data/ai_algorithm.py", line 2', 'SyntaxError: invalid syntax'], { code: 'syntax_error' }],
  [
    [
      '    SECRET_KEY = os.environ["SECRET_KEY"]',
      '  File "<frozen os>", line 717, in __getitem__',
      "KeyError: 'SECRET_KEY'",
    ],
    { code: 'missing_variable', name: 'SECRET_KEY' },
  ],
  [
    [
      '  File "/usr/lib/python3.11/os.py", line 679, in __getitem__',
      '    raise KeyError(key) from None',
      "KeyError: 'DB_URL'",
    ],
    { code: 'missing_variable', name: 'DB_URL' },
  ],
  [['  File "/data/ai_algorithm.py", line 4, in load', "KeyError: 'weights'"], null],
  [
    ["FileNotFoundError: [Errno 2] No such file or directory: '/data/models/tagger.json'"],
    { code: 'missing_file' },
  ],
  [["Error: ENOENT: no such file or directory, open '/data/model.json'"], { code: 'missing_file' }],
  [
    ['/data/services/a/releases/1/start.sh: 4: .: cannot open venv/bin/activate: No such file'],
    { code: 'missing_environment' },
  ],
  [['./start.sh: line 4: venv/bin/activate: No such file or directory'], { code: 'missing_environment' }],
  [['warning: no settings (ENOENT: no such file or directory, open .env)'], null],
  [
    [
      'redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.',
      'Exiting.',
    ],
    { code: 'not_reached', port: 6379 },
  ],
  [
    ['connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused'],
    { code: 'not_reached', port: 5432 },
  ],
  [
    ["OSError: Multiple exceptions: [Errno 111] Connect call failed ('127.0.0.1', 5432)"],
    { code: 'not_reached', port: 5432 },
  ],
  [['Error: connect ECONNREFUSED ::1:27017'], { code: 'not_reached', port: 27017 }],
  [
    ["Can't connect to MySQL server on 'db:3306' ([Errno 111] Connection refused)"],
    { code: 'not_reached', port: 3306 },
  ],
  [
    [
      'pymongo.errors.ServerSelectionTimeoutError: mongo:27017: [Errno -3] Temporary failure in name resolution (configured timeouts: connectTimeoutMS: 20000.0ms), Timeout: 30s',
    ],
    { code: 'not_reached', port: 27017 },
  ],
  [['MongooseServerSelectionError: getaddrinfo EAI_AGAIN mongo'], { code: 'not_reached', port: 27017 }],
  [
    ['psycopg.OperationalError: connection to server at "10.0.0.9", port 5432 failed: Connection timed out'],
    { code: 'not_reached', port: 5432 },
  ],
  [['Connection refused'], null],
  [['starting', 'ready'], null],
  [[], null],
])('%j tells %j', (lines, clue) => {
  expect(clueIn(lines)).toEqual(clue)
})

test('the last line with a clue counts, whatever follows it', () => {
  const lines = ['Permission denied', "ModuleNotFoundError: No module named 'torch'", 'worker stopped']
  expect(clueIn(lines)).toMatchObject({ code: 'missing_module', module: 'torch' })
})

test('text of a log cannot become the name of a module', () => {
  expect(clueIn(["ModuleNotFoundError: No module named 'x y; /etc/passwd'"])).toBeNull()
})

test('the module that only older releases of setuptools have is told with the line that brings it', () => {
  const clue = clueIn(["ModuleNotFoundError: No module named 'pkg_resources'"])
  expect(clue && clueWords(clue).en).toContain('add setuptools<81 to the requirements')
})

test('a service that is not reached is told by its name', () => {
  expect(clueWords({ code: 'not_reached', port: 6379 }).en).toMatch(/^it cannot reach Redis \(port 6379\)/)
  expect(clueWords({ code: 'not_reached', port: 4711 }).en).toContain('what it expects on port 4711')
})
