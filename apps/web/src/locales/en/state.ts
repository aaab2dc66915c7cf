export default {
  asleep: 'Asleep',
  asleep_text: 'Nobody called it for a while, so its processes are stopped; the next request wakes it.',
  partly: 'Partly ready',
  process: {
    STOPPED: 'Stopped',
    STARTING: 'Starting',
    RUNNING: 'Running',
    BACKOFF: 'Retrying',
    STOPPING: 'Stopping',
    EXITED: 'Exited',
    FATAL: 'Failed',
    UNKNOWN: 'Unknown',
  },
  health: {
    STARTING: 'Preparing',
    READY: 'Ready',
    BUSY: 'Busy',
    UNHEALTHY: 'Unhealthy',
    SETUP_FAILED: 'Set-up failed',
    DEFUNCT: 'Defunct',
    UNKNOWN: 'Health unknown',
  },
}
