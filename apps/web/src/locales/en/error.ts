export default {
  title: 'Something went wrong',
  missing: 'Not found',
  retry: 'Try again',
  request_id: 'Request id',
  copy_request_id: 'Copy the request id',
  network: 'The server cannot be reached. Check the network, or try again in a moment.',
  page: 'This page could not be loaded; there may be a newer version of it. Try again.',
  unreadable: 'The server’s answer could not be understood; it may be starting. Try again in a moment.',
}
