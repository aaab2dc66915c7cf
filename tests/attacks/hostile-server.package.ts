import type { PackageFiles } from '../support/api-client.ts'

/**
 * A server of its own that does to the platform what it is told by the first element of its input: `answer` or `line` without an
 * end (of 2 GiB), or a shell command. It begins an event stream that then stays silent at `/events`, and answers everything else.
 */
export const hostileServer: PackageFiles = {
  'server.py': `import json, os, subprocess, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MIB = b"x" * 2 ** 20

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def begin(self, kind, data):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()
    def flood(self, kind, data):
        self.begin(kind, data)
        try:
            for _ in range(2048):
                self.wfile.write(MIB)
        except OSError:
            self.close_connection = True
    def do_GET(self):
        if self.path == "/events":
            self.begin("text/event-stream", b"data: begun\\n\\n")
            threading.Event().wait()
        self.answer({})
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["input_data"][0]
        if told == "answer":
            return self.flood("application/json", b'{"predictions": ["')
        if told == "line":
            return self.flood("text/event-stream", b"event: output\\ndata: ")
        ran = subprocess.run(["sh", "-c", told], capture_output=True, text=True)
        self.answer({"code": ran.returncode, "out": ran.stdout + ran.stderr})

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
`,
  'algorithm.yaml': 'runtime: command\nentry: python3 server.py\n',
}
