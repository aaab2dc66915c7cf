export default {
  status: {
    queued: '排队中',
    running: '运行中',
    succeeded: '已完成',
    partial: '部分失败',
    failed: '失败',
    cancelled: '已取消',
  },
  progress: '运行进度',
  cancel: '取消',
  again: '再次运行',
  history: '运行历史',
  none: '还没有运行记录',
  none_next: '选一个示例，点击“运行”，结果会保存在这里。',
  more: '显示更多（{shown} / {count}）',
  own_input: '自己的数据',
  inputs: '{count} 个输入',
  error_code: '错误代码',
  error: {
    run: {
      interrupted: '平台在运行期间重新启动，请再运行一次。',
      instance_unreachable: '算法中断了连接（{cause}），请再运行一次，或查看它的日志。',
      answer_not_understood: '算法的回答不符合约定的格式（HTTP {http_status}），请查看它的日志。',
    },
  },
}
