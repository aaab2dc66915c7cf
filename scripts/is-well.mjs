// Behind the health check of the image: exits with 0 if the control plane answers at the public address. A database that
// is away does not count, because whoever ends unhealthy containers would then end all services with it. Nor does a refusal
// because too many connections are open: algorithms have the same address, so one of them could have them all ended.
const port = process.env.VITRINE_PORT || '8000'
const { ok, status } = await fetch(`http://127.0.0.1:${port}/healthz`, {
  signal: AbortSignal.timeout(10_000),
}).catch(() => ({ ok: false, status: null }))
process.exitCode = ok || status === 429 ? 0 : 1
