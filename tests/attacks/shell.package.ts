import { z } from 'zod'
import type { ApiClient, PackageFiles } from '../support/api-client.ts'

/** An algorithm that runs the shell commands that it is sent: everything that hostile code may try. */
export const hostileShell: PackageFiles = {
  'server.py': `import json, os, subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, value):
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        self.answer({"status": "READY"})
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ran = subprocess.run(["sh", "-c", body["input_data"][0]], capture_output=True, text=True, timeout=60)
        self.answer({"code": ran.returncode, "out": ran.stdout + ran.stderr})

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
`,
  'algorithm.yaml': 'runtime: command\nentry: python3 server.py\n',
}

const answer = z.object({ code: z.number(), out: z.string() })

/** Runs a command in a service made of {@link hostileShell}, as the algorithm. */
export async function runInside(client: ApiClient, id: string, script: string) {
  const response = await client.predict(id, [script])
  const { code, out } = answer.parse(await response.json())
  return { code, out: out.trim() }
}

/** The account that a service runs as. */
export const uidOf = async (client: ApiClient, id: string): Promise<number> =>
  Number((await runInside(client, id, 'id -u')).out)
