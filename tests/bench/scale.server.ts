import { createServer } from 'node:http'

/** Answers every request as an instance that is ready. Prints its port. */
const ready = JSON.stringify({ status: 'READY' })
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': ready.length }).end(ready)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.log(address !== null && typeof address === 'object' ? address.port : '')
})
