export default {
  name: '轨迹',
  task: {
    'video-object-tracking': '视频目标跟踪',
  },
  show_trails: '显示轨迹',
  all: '全部目标（{count}）',
  follow: '跟随，并跳到首次出现处',
  unfollow: '不再跟随',
  video: '带轨迹的视频',
  found: '视频中跟踪到 {count} 个目标',
  presence: '各时刻出现的目标',
  skipped: '有 {count} 个框的帧号无效，未画出。',
  followed: '跟踪到 {here} 个目标（{letter}：{there} 个），比较了 {frames} 帧中的框',
}
