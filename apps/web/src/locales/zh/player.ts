export default {
  controls: '播放控制',
  place: '播放位置',
  place_of: '{time}，共 {duration}',
  play: '播放',
  pause: '暂停',
  play_key: '播放（空格）',
  pause_key: '暂停（空格）',
  frame_back: '上一帧',
  frame_on: '下一帧',
  frame_back_key: '上一帧（,）',
  frame_on_key: '下一帧（.）',
  frame: '帧 {frame} / {last}',
  speed: '播放速度',
  mute: '静音',
  unmute: '取消静音',
  fullscreen: '全屏',
  leave_fullscreen: '退出全屏',
  cannot_play: '浏览器无法播放这个文件：格式不受支持，或文件已损坏。',
  preparing: '正在转换为浏览器可播放的格式，现在已可以运行算法。',
  preparing_percent: '正在转换为浏览器可播放的格式（{percent}%），现在已可以运行算法。',
  not_prepared: '这个文件无法播放。',
  tools: {
    missing: '这台机器没有安装 ffmpeg',
    library:
      '视频和音频照常上传、下载、交给算法；浏览器支持的格式（MP4、WebM、MP3、WAV 等）照常播放。其他格式（AVI、WMV 等）无法在这里播放，也没有缩略图、时长和波形。图片和文本不受影响。',
    stage:
      '算法照常运行。浏览器支持的格式（MP4、WebM、MP3、WAV 等）照常播放；其他格式无法在这里播放，结果以列表显示。',
    install:
      '解决方法：在这台机器上安装 ffmpeg（Debian / Ubuntu：apt install ffmpeg），然后重启平台；已上传的文件会自动补充处理。',
    ask: '如果需要，请联系管理员安装；已上传的文件会自动补充处理。',
  },
  no_medium: '没有可以播放的输入，结果以列表显示。',
}
