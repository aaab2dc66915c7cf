export default {
  status: {
    queued: 'Waiting',
    running: 'Running',
    succeeded: 'Succeeded',
    partial: 'Partly failed',
    failed: 'Failed',
    cancelled: 'Cancelled',
  },
  progress: 'Progress',
  cancel: 'Cancel',
  again: 'Run again',
  left_out: 'The release that serves now has no parameter {names}; it was left out.',
  unkept_files: '{count} file(s) returned by the algorithm could not be saved',
  history: 'Earlier runs',
  none: 'No runs yet',
  none_next: 'Choose an example and press “Run”. The result is saved here.',
  more: 'Show more ({shown} / {count})',
  own_input: 'Own data',
  inputs: '{count} inputs',
  error_code: 'Error code',
  error: {
    run: {
      interrupted: 'The platform restarted during this run. Please run it again.',
      instance_unreachable: 'The algorithm closed the connection ({cause}). Run it again, or check its log.',
      release_not_kept: 'The files of this release no longer exist. It cannot be run.',
      answer_not_understood:
        'The response of the algorithm does not have the required format (HTTP {http_status}). Check its log.',
    },
    share: { run_failed: 'The run did not complete. Try again.' },
    comparison: { run_gone: 'The run of this column no longer exists. Its service may have been deleted.' },
    service: { not_ready: 'This algorithm is not running.' },
  },
}
