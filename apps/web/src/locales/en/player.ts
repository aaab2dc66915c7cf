export default {
  controls: 'Playback controls',
  place: 'Position',
  place_of: '{time} of {duration}',
  play: 'Play',
  pause: 'Pause',
  play_key: 'Play (space)',
  pause_key: 'Pause (space)',
  frame_back: 'Previous frame',
  frame_on: 'Next frame',
  frame_back_key: 'Previous frame (,)',
  frame_on_key: 'Next frame (.)',
  frame: 'Frame {frame} / {last}',
  speed: 'Speed',
  mute: 'Mute',
  unmute: 'Unmute',
  fullscreen: 'Full screen',
  leave_fullscreen: 'Exit full screen',
  cannot_play: 'The browser cannot play this file. Its format is not supported, or it is damaged.',
  preparing: 'Converting to a format that browsers can play. You can already run the algorithm.',
  preparing_percent:
    'Converting to a format that browsers can play ({percent}%). You can already run the algorithm.',
  not_prepared: 'This file cannot be played.',
  tools: {
    missing: 'ffmpeg is not installed on this machine',
    library:
      'Uploading, downloading and running algorithms on video and audio work as usual. Formats that browsers support (MP4, WebM, MP3, WAV …) play as usual. Other formats (AVI, WMV …) cannot be played here, and there are no thumbnails, durations or waveforms. Images and text are not affected.',
    stage:
      'The algorithm runs as usual. Formats that browsers support (MP4, WebM, MP3, WAV …) play as usual. Other formats cannot be played here; their results are shown as a list.',
    install:
      'To fix this, install ffmpeg on this machine (Debian, Ubuntu: apt install ffmpeg) and restart the platform. Files that are already uploaded are then processed automatically.',
    ask: 'If you need it, ask an administrator to install it. Files that are already uploaded are then processed automatically.',
  },
  no_medium: 'There is no input to play. The result is shown as a list.',
}
