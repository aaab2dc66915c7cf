import type { PackageFiles } from '../support/api-client.ts'

/** Name of the administrator that the hostile page tries to add. */
export const planted = 'planted'

/** Acts with the rights of the person who opens it; the title says when it is done, and what it was told. */
const page = `<!doctype html><title>begun</title><script>
const user = { username: '${planted}', password: 'planted-password-1', role: 'admin' }
fetch('/api/v1/users', {
  method: 'POST',
  credentials: 'include',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(user),
}).then((answer) => answer.status, () => 'no answer')
  .then((told) => { document.title = 'users: ' + told })
</script>`

/** A server that signs its visitors out, or in as somebody else, and whose page acts in their name. */
export const hostilePage: PackageFiles = {
  'server.py': `import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """${page}"""
SIGN_OUT = [("Clear-Site-Data", '"cookies", "storage"')]
COOKIES = [
    ("Set-Cookie", "vitrine_session=forged; Path=/"),
    ("Set-Cookie", "vitrine_refresh=forged; Path=/api/v1/auth"),
    ("Set-Cookie", "=vitrine_session=nameless; Path=/api"),
    ("Set-Cookie", "own=1"),
]
OTHERS = [
    ("Service-Worker-Allowed", "/"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("Alt-Svc", 'h2="elsewhere.example:443"'),
    ("NEL", '{"report_to":"x","max_age":31536000}'),
    ("Report-To", '{"group":"x","max_age":31536000,"endpoints":[{"url":"https://elsewhere.example"}]}'),
]
ATTACKS = {"/page": [], "/sign-out": SIGN_OUT, "/cookies": COOKIES, "/all": SIGN_OUT + COOKIES + OTHERS}

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self, body, kind, headers):
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
    def do_GET(self):
        if self.path == "/script.js":
            self.answer("document.title = 'taken over'", "text/javascript", [])
        elif self.path in ATTACKS:
            self.answer(PAGE, "text/html", ATTACKS[self.path])
        else:
            self.answer('{"ok": true}', "application/json", [])
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.answer('{"ok": true}', "application/json", [])

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
`,
  'algorithm.yaml': 'id: hostile\nruntime: command\nentry: python3 server.py\n',
}
