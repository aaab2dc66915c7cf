export default {
  title: 'Batch operation',
  selected: '{count} selected',
  clear: 'Clear the selection',
  action: { start: 'Start', stop: 'Stop', restart: 'Restart', deploy: 'Redeploy' },
  all: { start: 'Start all', stop: 'Stop all', restart: 'Restart all', deploy: 'Redeploy all' },
  doing: { start: 'Starting', stop: 'Stopping', restart: 'Restarting', deploy: 'Redeploying' },
  over: { start: 'Batch start', stop: 'Batch stop', restart: 'Batch restart', deploy: 'Batch redeploy' },
  confirm: {
    start: 'Start {n} service? | Start {n} services?',
    start_text: 'Each service starts independently and takes requests as soon as it is ready.',
    stop: 'Stop {n} service? | Stop {n} services?',
    stop_text:
      'Neither customers nor programs can use them until you start them again. Share links and settings are kept.',
    restart: 'Restart {n} service? | Restart {n} services?',
    restart_text:
      'Calls to a service fail briefly while it restarts. If fewer restart at a time, more of the others keep working.',
    deploy: 'Redeploy {n} service? | Redeploy {n} services?',
    deploy_text:
      'Each service gets a new release with the newest code of its algorithm. The new release takes over when it is ready. If it fails, the current release keeps serving.',
  },
  needless: {
    start:
      '{n} other is already running or was never deployed, and will not change. | {n} others are already running or were never deployed, and will not change.',
    stop: '{n} other is not running, and will not change. | {n} others are not running, and will not change.',
    restart:
      '{n} other is not running, and will not change. | {n} others are not running, and will not change.',
    deploy:
      '{n} other is being deployed, and will not change. | {n} others are being deployed, and will not change.',
  },
  not_allowed:
    '{n} other belongs to another user, and will not change. | {n} others belong to other users, and will not change.',
  names: 'Services that this applies to',
  undo: { start: 'Undo: start {n} again', stop: 'Undo: stop {n}' },
  at_once: 'How many at a time',
  auto: 'Automatic',
  nothing: 'This applies to none of the selected services',
  understood: 'OK',
  done_of: '{done} of {count} done',
  done_so_far: '{done} done',
  all_done: '{n} done | all {n} done',
  some_failed: '{done} done, {failed} failed',
  failures: 'Services that failed',
  again: 'Retry the failed ones',
  close: 'Close the progress',
}
