export default {
  title: '出了点问题',
  missing: '没有找到',
  retry: '重试',
  request_id: '请求编号',
  copy_request_id: '复制请求编号',
  network: '连不上服务器。请检查网络，或稍后再试。',
  page: '这个页面没有载入成功，可能刚刚更新过。请重试。',
  unreadable: '服务器的回答无法理解，可能正在启动。请稍后再试。',
}
