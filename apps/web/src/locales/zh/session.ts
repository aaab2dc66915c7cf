export default {
  username: '用户名',
  password: '密码',
  new_password: '新密码',
  password_again: '再输入一次密码',
  password_rule: '至少 {least} 个字符',
  password_too_short: '密码至少要有 {least} 个字符',
  passwords_differ: '两次输入的密码不一致',
  sign_in: {
    title: '登录',
    text: '查看、运行和部署智能算法',
    action: '登录',
    setup_required: '平台还没有管理员。请打开首次启动时终端中显示的初始化链接。',
  },
  invite: {
    title: '接受邀请',
    text: '{name} 邀请你以“{role}”的身份加入。请设置用户名和密码。',
    action: '创建账号并进入',
    no_token: '这个邀请链接不完整，请重新复制完整的链接。',
    sign_in: '已经有账号？去登录',
  },
  setup: {
    title: '欢迎使用 Vitrine',
    text: '创建第一个管理员账号，之后可以在设置里添加其他人。',
    action: '创建并进入',
    no_token: '这个链接不完整',
    no_token_text: '请从首次启动的终端里复制完整的初始化链接，其中包含一次性令牌。',
  },
}
