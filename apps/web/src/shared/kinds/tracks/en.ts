export default {
  name: 'Tracks',
  task: {
    'video-object-tracking': 'Video tracking',
  },
  show_trails: 'Show trails',
  all: 'All tracked objects ({count})',
  follow: 'Follow, starting where it first appears',
  unfollow: 'Stop following',
  video: 'Video with tracks',
  found: '{count} objects tracked in the video',
  presence: 'When each object is visible',
  skipped: '{count} boxes have no valid frame number and are not drawn.',
  followed: '{here} objects tracked ({letter}: {there}); boxes compared in {frames} frames',
}
