export default {
  title: 'This service has a problem',
  lines: 'Last lines of the log',
  failing: '{count} of {all} instances have a problem; the others keep answering',
  more: '{count} more log lines',
  its_log: 'View its log',
  log: 'View the log',
  tasks: 'View the tasks',
  deploy: 'Deploy a new release',
  front: {
    title: 'Front port {port} is already in use',
    title_by: 'Front port {port} is in use by {command} (pid {pid})',
    text: 'You can still reach the service at {path}. The front port works again as soon as it is free.',
    unnamed: 'The platform may not see which program it is. As root, this names it:',
    take: 'Use port {port} instead',
    took: 'The service now uses port {port}',
  },
  raise: 'Raise the memory limit',
  raise_memory: 'Its memory limit is {limit} MB: raise it in Settings, or let the algorithm use less.',
  more_memory: 'Its memory limit is {limit} MB: it needs a higher one, or an algorithm that uses less.',
  silent: 'Its log is empty.',
  act: { start: 'Start again', restart: 'Restart' },
  next: {
    never_ready: 'No release of this service has ever become ready. Fix the code and deploy again.',
    partly: 'Instances with a problem get no requests. They get requests again when they recover.',
    given_up:
      'The platform no longer retries. Find the cause, then start the service again or deploy a fixed release.',
    retries: 'The platform will start it again automatically.',
    waits: 'The platform is waiting until it is ready. If it exceeds the start timeout, the start fails.',
    unhealthy: 'The process is running, but its health check fails. “Restart when unhealthy” is off.',
    restarts:
      'The process is running, but its health check fails. It is restarted after {count} failures in a row.',
    gateway: 'Its instances are fine. Addresses that the gateway can open work as before.',
    look: 'Check the log to find out why it reports this.',
  },
  next_for_others: {
    never_ready:
      'No release of this service has ever become ready. Its owner has to fix the code and deploy it again.',
    given_up:
      'The platform no longer retries. Its owner or an administrator has to find the cause, then start it again or deploy a fixed release.',
    look: 'The log says why it reports this. Ask its owner or an administrator.',
  },
}
