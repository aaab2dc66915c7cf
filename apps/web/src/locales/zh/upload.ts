export default {
  list: '上传的文件',
  progress_of: '上传 {name}',
  state: {
    waiting: '等待上传',
    sending: '上传中 {percent}%',
    paused: '已暂停，{percent}%',
    storing: '正在检查文件',
    done: '已上传',
  },
  resumed: '已从上次中断处继续',
  pause: '暂停',
  resume: '继续',
  retry: '重试',
  cancel: '取消',
  dismiss: '移除',
  stored: '已上传 {n} 个文件',
  drop_of: '移除 {name}',
}
