export default {
  controls: 'Player',
  place: 'Place',
  place_of: '{time} of {duration}',
  play: 'Play',
  pause: 'Pause',
  play_key: 'Play (space)',
  pause_key: 'Pause (space)',
  frame_back: 'Frame back',
  frame_on: 'Frame forward',
  frame_back_key: 'Frame back (,)',
  frame_on_key: 'Frame forward (.)',
  frame: 'Frame {frame} / {last}',
  speed: 'Speed',
  mute: 'Mute',
  unmute: 'Unmute',
  fullscreen: 'Full screen',
  leave_fullscreen: 'Leave full screen',
  cannot_play: 'The browser cannot play this file: its format is not supported, or it is damaged.',
  preparing: 'Being converted to a format that browsers play; the algorithm can be run already.',
  preparing_percent:
    'Being converted to a format that browsers play ({percent}%); the algorithm can be run already.',
  not_prepared: 'This file cannot be played.',
  tools: {
    missing: 'ffmpeg is not installed on this machine',
    library:
      'Video and sound are uploaded, downloaded and given to algorithms as usual, and formats that browsers support (MP4, WebM, MP3, WAV …) play as usual. Others (AVI, WMV …) cannot be played here, and there are no thumbnails, lengths and waveforms. Pictures and text are not affected.',
    stage:
      'The algorithm runs as usual. Formats that browsers support (MP4, WebM, MP3, WAV …) play as usual; others cannot be played here, and what is found in them is only listed.',
    install:
      'To end this, install ffmpeg on this machine (Debian, Ubuntu: apt install ffmpeg) and restart the platform; files uploaded before are then completed by themselves.',
    ask: 'If you need it, ask an administrator to install it; files uploaded before are then completed by themselves.',
  },
  no_medium: 'There is no input that could be played; only the result is listed.',
}
