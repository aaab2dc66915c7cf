import type { PackageFiles } from '../support/api-client.ts'

/** A server that answers, or begins an event stream that then stays silent (`/events`). */
export const streamingPackage: PackageFiles = {
  'server.py': `import os, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/events":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"data: begun\\n\\n")
            self.wfile.flush()
            threading.Event().wait()
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`,
  'algorithm.yaml': 'id: stream\nruntime: command\nentry: python3 server.py\n',
}
