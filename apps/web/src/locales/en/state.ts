export default {
  asleep: 'Asleep',
  asleep_text:
    'There were no requests for a while, so its processes were stopped. The next request wakes it.',
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
    SETUP_FAILED: 'Setup failed',
    DEFUNCT: 'Defunct',
    UNKNOWN: 'Health unknown',
  },
}
