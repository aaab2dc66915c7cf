export default {
  name: 'Tracks',
  task: {
    'video-object-tracking': 'Video tracking',
  },
  show_trails: 'Show trails',
  all: 'All that was followed ({count})',
  follow: 'Follow it, from where it is first seen',
  unfollow: 'Stop following',
  video: 'Video with tracks',
  found: '{count} followed through the video',
  presence: 'What is seen when',
  skipped: '{count} boxes have no valid frame number and are not drawn.',
  followed: 'Followed {here} objects ({letter}: {there}); boxes of {frames} frames compared',
}
