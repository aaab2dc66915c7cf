// Behind the health check of the image: exits with 0 if the control plane answers at the public address. A database that
// is away does not count, because whoever ends unhealthy containers would then end all services with it.
const port = process.env.VITRINE_PORT || '8000'
const { ok } = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(10_000) }).catch(
  () => ({ ok: false }),
)
process.exitCode = ok ? 0 : 1
