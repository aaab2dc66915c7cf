/**
 * The sentence for each rule that a field can break. `{name}` stands for a value, and `{{name}}` for the word
 * in braces.
 */
export const issueSentences = {
  'field.required': { zh: '必填', en: 'is required' },
  'field.unknown': { zh: '没有这个字段', en: 'is not a known field' },
  'field.unknown_in_form': {
    zh: '没有这个字段，应为以下之一：{expected}',
    en: 'is not a known field; expected one of {expected}',
  },
  'field.file': { zh: '应为文件，而不是文本', en: 'expected a file, not a text' },
  'field.type': { zh: '应为{expected}', en: 'expected {expected}' },
  'field.enum': { zh: '应为以下之一：{expected}', en: 'expected one of {expected}' },
  'field.minimum': { zh: '不能小于 {expected}', en: 'must be at least {expected}' },
  'field.maximum': { zh: '不能大于 {expected}', en: 'must be at most {expected}' },
  'field.below_min': { zh: '不能小于 min', en: 'must not be less than min' },
  'field.above_ceiling': {
    zh: '超过管理员设定的上限 {expected}',
    en: 'is above the limit of {expected} that the administrator has set',
  },
  'field.exclusiveMinimum': { zh: '必须大于 {expected}', en: 'must be greater than {expected}' },
  'field.exclusiveMaximum': { zh: '必须小于 {expected}', en: 'must be less than {expected}' },
  'field.minLength': { zh: '至少 {expected} 个字符', en: 'must have at least {expected} characters' },
  'field.maxLength': { zh: '最多 {expected} 个字符', en: 'must have at most {expected} characters' },
  'field.minItems': { zh: '至少 {expected} 项', en: 'must have at least {expected} items' },
  'field.maxItems': { zh: '最多 {expected} 项', en: 'must have at most {expected} items' },
  'field.pattern': { zh: '应匹配 {expected}', en: 'must match {expected}' },
  'field.multipleOf': { zh: '应为 {expected} 的倍数', en: 'must be a multiple of {expected}' },
  'field.other': { zh: '不符合 {keyword}', en: 'does not satisfy {keyword}' },
  'field.invalid': { zh: '不符合要求', en: 'is not valid' },
  'field.format': { zh: '应为 {expected} 格式', en: 'expected the format {expected}' },
  'field.uuid': { zh: '应为 UUID', en: 'expected a UUID' },
  'field.timestamp': {
    zh: '应为 UTC 时间，如 2026-01-31T08:00:00Z',
    en: 'expected a time in UTC such as 2026-01-31T08:00:00Z',
  },
  'field.registry': {
    zh: '应为软件源的地址，如 https://pypi.org/simple',
    en: 'expected the address of a registry such as https://pypi.org/simple',
  },
  'field.base_images': {
    zh: '应为“镜像=镜像”，如 python:3.13-slim=registry.example/python:3.13',
    en: 'expected a pair of images such as python:3.13-slim=registry.example/python:3.13',
  },
  'field.image_repositories': {
    zh: '应为不带标签的镜像名，如 python，或以 /* 结尾，如 registry.example/team/*',
    en: 'expected the name of an image without a tag such as python, or one that ends with /* such as registry.example/team/*',
  },
  'field.image_registry': {
    zh: '应为镜像仓库的地址，不带 https://，如 registry.example:5000/team',
    en: 'expected the address of a registry of images without https://, such as registry.example:5000/team',
  },
  'field.docker_network': {
    zh: '应为 Docker 网络的名字，如 bridge 或 none',
    en: 'expected the name of a network of Docker such as bridge or none',
  },
  'field.port_range': {
    zh: '应为端口范围，如 8001-8999',
    en: 'expected a range of ports such as 8001-8999',
  },
  'field.slug': {
    zh: '只能用小写字母、数字和连字符，最多 63 个字符，不以连字符开头',
    en: 'expected lower-case letters, digits and hyphens, at most 63 characters, not starting with a hyphen',
  },
  'field.sha256': {
    zh: '应为 SHA-256：64 个小写十六进制字符',
    en: 'expected a SHA-256: 64 lower-case hexadecimal digits',
  },
  'field.package_path': {
    zh: '应为算法包内的相对路径，不含 ..，也不在平台自己的文件夹里',
    en: 'expected a relative path inside the package, without .. and outside of the platform’s own folders',
  },
  'field.model_source': {
    zh: '应为 store，或以 http:// 或 https:// 开头的网址',
    en: 'expected store, or a URL that starts with http:// or https://',
  },
  'field.branch': { zh: '应为 git 分支名', en: 'expected the name of a git branch' },
  'field.repository_folder': {
    zh: '应为仓库里的目录，如 algorithms/face，不以 / 开头或结尾，不含 .. 和 .git',
    en: 'expected a folder of the repository such as algorithms/face, without / at its ends, .. and .git',
  },
  'field.repository_url': {
    zh: '应为仓库地址，如 https://gitea.example.com/team/name，不带用户名和令牌',
    en: 'expected the address of a repository such as https://gitea.example.com/team/name, without user and token',
  },
  'field.server_url': {
    zh: '应为服务器地址，如 https://gitea.example.com',
    en: 'expected the address of a server such as https://gitea.example.com',
  },
  'field.origin': {
    zh: '应为网站的来源，如 https://www.example.com：小写，不带路径和星号',
    en: 'expected the origin of a site such as https://www.example.com, in lower case, without a path or a star',
  },
  'field.gitea_name': {
    zh: '只能用字母、数字和 . _ -，以字母或数字开头',
    en: 'expected letters, digits and . _ -, starting with a letter or digit',
  },
  'field.username': { zh: '只能用字母、数字和 . _ - @', en: 'expected letters, digits and . _ - @ only' },
  'field.username_scripts': {
    zh: '不能混用外形相近的文字，如拉丁字母和西里尔字母',
    en: 'mixes alphabets whose letters look alike, such as Latin and Cyrillic',
  },
  'field.username_address': {
    zh: '不能带 @：邮箱地址留给它的主人',
    en: 'cannot contain @: an e-mail address is left to its owner',
  },
  'field.unseen_characters': {
    zh: '不能有看不见的字符（控制字符、改变书写方向的字符）或换行',
    en: 'cannot contain characters that are not seen (controls, changes of the direction of writing) or line breaks',
  },
  'field.ip_address': {
    zh: '应为 IPv4 或 IPv6 地址，不带区域（%）',
    en: 'expected an IPv4 or IPv6 address without a zone (%)',
  },
  'field.reserved': { zh: '这个词是保留字', en: 'this word is reserved' },
  'field.json': {
    zh: '应为 JSON 值，最多嵌套 500 层',
    en: 'expected a JSON value, nested at most 500 deep',
  },
  'field.texts': { zh: '最多翻译 500 条文字', en: 'must have at most 500 translated texts' },
  'field.one_input': {
    zh: 'asset_id 和 input_data 必须给出其中一个，且只能给一个',
    en: 'expected exactly one of asset_id and input_data',
  },
  'field.too_long': { zh: '太长，最多 {expected} 字节', en: 'is too long, at most {expected} bytes' },
  'field.one_only': { zh: '只能给一个', en: 'can be given only once' },
  'field.rows_unequal': { zh: '各行的长度不相等', en: 'has rows of different lengths' },
  'field.picture_address': { zh: '不是安全的图片地址', en: 'is not a safe address of an image' },
  'field.mask_size': {
    zh: 'size [{height}, {width}] 不是图片的尺寸',
    en: 'size [{height}, {width}] is not a valid image size',
  },
  'field.mask_counts': { zh: 'counts 不全是非负整数', en: 'counts must be non-negative whole numbers' },
  'field.mask_pixels': {
    zh: 'counts 之和为 {total}，而 size 有 {pixels} 个像素',
    en: 'counts add up to {total}, but the size has {pixels} pixels',
  },
  'field.duration': {
    zh: '应为时长，如 30s、5m、12h、7d',
    en: 'expected a duration such as 30s, 5m, 12h or 7d',
  },
  'field.size': { zh: '应为大小，如 512KB、10MB、2GB', en: 'expected a size such as 512KB, 10MB or 2GB' },
  'field.between': { zh: '应在 {min} 到 {max} 之间', en: 'must be between {min} and {max}' },
  'field.whole_unit': { zh: '应为 {unit} 的整数倍', en: 'must be a multiple of {unit}' },
  'field.config_key': {
    zh: '应为带点的键，如 custom.name 或 env.NAME',
    en: 'expected a key with a dot such as custom.name or env.NAME',
  },
  'field.variable_name': {
    zh: '应为环境变量名：字母、数字和下划线，不以数字开头',
    en: 'expected the name of a variable: letters, digits and underscores, not starting with a digit',
  },
  'field.variable_reserved': {
    zh: '这个环境变量由平台设置，或会决定运行哪些代码，不能设置',
    en: 'is a variable that the platform sets, or that decides which code is run; nobody can set it',
  },
  'field.variable_text': {
    zh: '环境变量的值不能含 NUL（U+0000），按 UTF-8 不能超过 130000 字节',
    en: 'is no value of a variable: it may not contain NUL (U+0000), nor take more than 130,000 bytes as UTF-8',
  },
  'field.config_json': {
    zh: '写成 JSON 后最多 1,048,576 个字符',
    en: 'must have at most 1,048,576 characters as JSON',
  },
  'field.config_service': {
    zh: '类型 service 需要 service_id；其他类型不能带 service_id',
    en: 'the type service needs a service_id, and no other type has one',
  },
  'field.unknown_key': {
    zh: '没有 {key} 这个配置键，最接近的是 {nearest}',
    en: 'is no key ({key}); the nearest one is {nearest}',
  },
  'field.service_option': {
    zh: '是服务自己的选项，请在它的设置里修改',
    en: 'is an option of one service alone: change it in the settings of that service',
  },
  'field.other_service': { zh: '应为另一个服务', en: 'expected another service' },
  'field.above_key': {
    zh: '不能大于 {other}（{expected}）',
    en: 'must not be greater than {other} ({expected})',
  },
  'field.below_key': {
    zh: '不能小于 {other}（{expected}）',
    en: 'must not be less than {other} ({expected})',
  },
  'field.not_with': { zh: '不能与 {other} 同时给出', en: 'cannot be given together with {other}' },
} as const satisfies Record<string, { zh: string; en: string }>

/** A rule that a field can break. */
export type IssueRule = keyof typeof issueSentences

/** Whether a text names a rule. */
export const isIssueRule = (text: string): text is IssueRule => Object.hasOwn(issueSentences, text)

/** Names a rule as the message of a zod check. The program that answers makes the sentence in the reader's language from it. */
export const rule = (name: IssueRule): IssueRule => name
