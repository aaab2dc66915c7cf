import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import { answersOf } from './answers.ts'
import { httpServer } from './http-server.ts'
import { PredictRoute } from './predict-route.ts'
import { readRelease } from './release.ts'
import { Service } from './service.ts'
import type { StoppableServer } from './stoppable-server.ts'
import { runWorkerThread } from './worker-thread.ts'

/** How many connections may wait to be accepted. */
const backlog = 4096
/** How long callers have to read their answers after the thread of the algorithm has ended by itself. */
const longestAfterCrashMs = 10_000

/** Accepts no more requests, finishes the accepted ones, then exits. */
async function shutDown(
  { server, predict, service }: { server: StoppableServer; predict: PredictRoute; service: Service },
  exitCode: number,
): Promise<void> {
  service.stopping = true
  // First the requests: one whose body or media are still arriving gives the service another job.
  await server.stop(exitCode === 0 ? null : longestAfterCrashMs)
  // After a crash, nothing can run them.
  if (exitCode === 0) await predict.allAccepted()
  await service.stop()
  process.exit(exitCode)
}

function serve(): void {
  const release = readRelease(process.env)
  // Programs that the algorithm starts do not get the socket, because Node does not pass on inherited descriptors.
  delete process.env['VITRINE_LISTEN_FD']
  // Neither the algorithm nor the programs that it starts get the platform's key.
  delete process.env['VITRINE_CONFIG_KEY']
  let ending = false
  const end = (exitCode: number) => {
    if (ending) return
    ending = true
    void shutDown({ server, predict, service }, exitCode)
  }
  const service = new Service(release, fileURLToPath(import.meta.url), () => {
    end(1)
    predict.refuseUploads()
  })
  const predict = new PredictRoute(service, answersOf(release.manifest))
  const server = httpServer(service, predict)
  if (release.listenDescriptor === null) server.listen(release.port, release.host, backlog)
  else server.listen({ fd: release.listenDescriptor }, backlog)
  process.on('SIGTERM', () => end(0))
  process.on('SIGINT', () => end(0))
}

// This file is used for both sides: the platform starts the bundle, and the bundle starts itself as its
// worker thread.
if (isMainThread) serve()
else await runWorkerThread()
