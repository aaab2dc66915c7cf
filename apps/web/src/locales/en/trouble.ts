export default {
  title: 'Something is wrong with this service',
  lines: 'The last lines of its log',
  failing: '{count} of {all} instances are not well; the others go on answering',
  more: '{count} more lines of log',
  its_log: 'See its log',
  log: 'See the log',
  tasks: 'See the tasks',
  deploy: 'Deploy a new release',
  front: {
    title: 'Own port {port} is taken',
    title_by: 'Own port {port} is taken by {command} (pid {pid})',
    text: 'Requests reach the service at {path} all the same. Its own port is served as soon as it is free.',
    take: 'Use port {port} instead',
    took: 'The service is now reached at port {port}',
  },
  act: { start: 'Start again', restart: 'Restart' },
  next: {
    never_ready: 'No release of it has ever been ready. Mend the code and deploy it again.',
    partly: 'What is not well gets no requests for now, and joins again by itself once it is.',
    given_up:
      'The platform has stopped trying. Find the reason, then start it again or deploy a mended release.',
    retries: 'The platform starts it again by itself in a moment.',
    waits: 'It is still being waited for; past its time limit the start counts as failed.',
    unhealthy: 'Its process lives, but its health check fails; restarting while unhealthy is off.',
    restarts:
      'Its process lives, but its health check fails; after {count} failures in a row it is restarted.',
    look: 'See its log for why it says so.',
  },
}
