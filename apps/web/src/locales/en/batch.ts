export default {
  title: 'Work on many services',
  selected: '{count} selected',
  clear: 'Clear the selection',
  action: { start: 'Start', stop: 'Stop', restart: 'Restart', deploy: 'Deploy anew' },
  all: { start: 'Start all', stop: 'Stop all', restart: 'Restart all', deploy: 'Deploy all anew' },
  doing: { start: 'Starting', stop: 'Stopping', restart: 'Restarting', deploy: 'Deploying' },
  confirm: {
    start: 'Start {n} service? | Start {n} services?',
    start_text: 'Each starts by itself, and takes requests once it is ready.',
    stop: 'Stop {n} service? | Stop {n} services?',
    stop_text: 'Calls to them will answer 503 until they are started again.',
    restart: 'Restart {n} service? | Restart {n} services?',
    restart_text:
      'Calls to a service fail for a moment while it restarts; the fewer at a time, the more of the others go on serving.',
    deploy: 'Deploy {n} service anew? | Deploy {n} services anew?',
    deploy_text:
      'Each gets a new release of the newest code of its algorithm; it takes over once it is ready, and where that fails the present one goes on serving.',
  },
  needless: {
    start:
      '{n} more runs already or was never deployed, and stays as it is. | {n} more run already or were never deployed, and stay as they are.',
    stop: '{n} more does not run, and stays as it is. | {n} more do not run, and stay as they are.',
    restart: '{n} more does not run, and stays as it is. | {n} more do not run, and stay as they are.',
    deploy:
      '{n} more is being deployed, and stays as it is. | {n} more are being deployed, and stay as they are.',
  },
  not_allowed:
    '{n} more belongs to somebody else, and stays as it is. | {n} more belong to others, and stay as they are.',
  and_more: 'and {count} more',
  at_once: 'How many at a time',
  auto: 'Automatic',
  nothing: 'None of the selected services needs this',
  understood: 'Close',
  done_of: '{done} of {count} done',
  done_so_far: '{done} done',
  all_done: '{n} done | all {n} done',
  some_failed: '{done} done, {failed} failed',
  failures: 'Services that failed',
  again: 'Try the failed ones again',
  close: 'Close the progress',
}
