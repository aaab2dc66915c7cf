export default {
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
