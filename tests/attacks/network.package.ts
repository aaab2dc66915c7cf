import type { PackageFiles } from '../support/api-client.ts'

/**
 * Runs the Python programs that it is sent and returns what they print, or how they failed; each may use `asks`, which asks
 * at a unix socket by HTTP. Served by the platform's runtime.
 */
export const servedPython: PackageFiles = {
  'ai_algorithm.py': `import contextlib, http.client, io, os, socket

def asks(path, method, target, **headers):
    connection = http.client.HTTPConnection("localhost", timeout=60)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.connect(path)
    connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse().status

class Algorithm:
    def predict(self, input_data, **parameters):
        return [self.run(program) for program in input_data]

    def run(self, program):
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(program, {"os": os, "socket": socket, "asks": asks})
        except OSError as error:
            return f"{type(error).__name__}: {error}"
        return printed.getvalue().strip()
`,
}

/** Returns the text of the file that it is sent. */
export const fileReader: PackageFiles = {
  'ai_algorithm.py': `class Algorithm:
    def predict(self, input_data, **parameters):
        return [open(path).read() for path in input_data]
`,
  'algorithm.yaml': 'input:\n  x-kind: file\n',
}

/** The same for Node. */
export const nodeFileReader: PackageFiles = {
  'package.json': '{ "name": "reader", "version": "1.0.0", "main": "index.js" }',
  'index.js':
    "const { readFileSync } = require('node:fs')\nexports.predict = (paths) => paths.map((path) => readFileSync(path, 'utf8'))\n",
  'algorithm.yaml': 'input:\n  x-kind: file\n',
}
