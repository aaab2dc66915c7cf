export default {
  status: {
    queued: 'Waiting',
    running: 'Running',
    succeeded: 'Done',
    partial: 'Partly failed',
    failed: 'Failed',
    cancelled: 'Cancelled',
  },
  progress: 'Progress',
  cancel: 'Cancel',
  again: 'Run again',
  unkept_files: '{count} file(s) that the algorithm returned could not be kept',
  history: 'Earlier runs',
  none: 'No runs yet',
  none_next: 'Choose an example and press Run: the result will be kept here.',
  more: 'Show more ({shown} / {count})',
  own_input: 'Own input',
  inputs: '{count} inputs',
  error_code: 'Error code',
  error: {
    run: {
      interrupted: 'The platform restarted during the run; please run it again.',
      instance_unreachable: 'The algorithm broke the connection ({cause}); run it again, or see its log.',
      release_not_kept: 'The files of this release are gone; it cannot be run any more.',
      answer_not_understood:
        'The algorithm’s answer is not in the agreed form (HTTP {http_status}); see its log.',
    },
    share: { run_failed: 'The run did not complete; try again.' },
    comparison: { run_gone: 'The run of this column is gone; its service may have been deleted.' },
    service: { not_ready: 'This algorithm is not running now.' },
  },
}
