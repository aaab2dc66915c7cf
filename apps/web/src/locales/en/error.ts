export default {
  title: 'Something went wrong',
  missing: 'Not found',
  retry: 'Try again',
  request_id: 'Request ID',
  copy_request_id: 'Copy the request ID',
  network: 'The server cannot be reached. Check the network, or try again later.',
  page: 'This page could not be loaded. It may have been updated. Try again.',
  page_away_title: 'The server cannot be reached',
  page_away: 'This page was not loaded. It opens by itself when the server is back. You can also try again.',
  unreadable: 'The response from the server is not valid. The server may be starting. Try again later.',
}
