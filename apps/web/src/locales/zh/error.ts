export default {
  title: '出了点问题',
  retry: '重试',
  request_id: '请求编号',
  copy_request_id: '复制请求编号',
  network: '连不上服务器。请检查网络，或稍后再试。',
  unreadable: '服务器的回答无法理解，可能正在启动。请稍后再试。',
}
