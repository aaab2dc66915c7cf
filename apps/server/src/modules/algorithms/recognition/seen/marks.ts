import type { Sentence } from '../../../sources/finding.ts'
import { say } from '../plan.ts'

/** Files that show what a package is, although the platform cannot run it as it is. */
export type Mark = {
  code: string
  files: RegExp
  /** What they mean, why that does not run yet, and what to do. `names` are the files that were found. */
  words: (names: string) => Sentence
}

const command = {
  zh: '可以在自己的机器上为 Linux 编译，把可执行文件一起上传，并在 algorithm.yaml 里写 runtime: command 和 entry: ./程序名；程序监听 $HOST:$PORT',
  en: 'Build it for Linux on your machine, upload the executable as well, and write runtime: command and entry: ./its-name in algorithm.yaml. The program listens on $HOST:$PORT',
}

const compiled = (language: string) => (names: string) =>
  say(
    `${names}：${language} 源码。平台还不编译源码。${command.zh}`,
    `${names}: source code in ${language}. The platform does not compile it yet. ${command.en}`,
  )

/** Code that an interpreter of the machine can run, if the machine has it. */
const interpreted = (language: string, program: string, how: string) => (names: string) =>
  say(
    `${names}：${language} 源码，平台自己不运行。机器上装有 ${program} 时，在 algorithm.yaml 里写 runtime: command 和 entry: ${how}；程序监听 $HOST:$PORT`,
    `${names}: source code in ${language}, which the platform does not run by itself. If the machine has ${program}, write runtime: command and entry: ${how} in algorithm.yaml. The program listens on $HOST:$PORT`,
  )

const starter = {
  zh: '请加一个 ai_algorithm.py，里面的类 Algorithm 在 setup() 里加载它，在 predict(self, input_data) 里用它',
  en: 'Add ai_algorithm.py with a class Algorithm that loads it in setup() and uses it in predict(self, input_data)',
}

/** What is looked for in packages that are not recognised, in the order in which it is reported. */
export const marks: readonly Mark[] = [
  {
    code: 'seen.below',
    files: /^.+\/(cog\.yaml|algorithm\.ya?ml|ai_algorithm\.py)$/,
    words: (names) =>
      say(
        `${names}：算法包在下一层文件夹里。请只上传那个文件夹`,
        `${names}: the package is in a folder below the top. Upload only that folder`,
      ),
  },
  {
    code: 'seen.archive',
    files: /^[^/]+\.(zip|tar|tgz|tar\.gz)$/,
    words: (names) =>
      say(
        `${names}：包里的压缩包不会被解开。在页面上请只拖入这一个压缩包；用接口上传时，请放在字段 archive 里，不要放在 files 里`,
        `${names}: an archive inside of a package is not unpacked. On the page, drop this archive alone; with the API, send it in the field archive in place of files`,
      ),
  },
  {
    code: 'seen.dockerfile',
    files: /(^|\/)(Dockerfile|Containerfile|(docker-)?compose\.ya?ml)$/,
    words: (names) =>
      say(
        `${names}：根目录的 Dockerfile 要在连接了 Docker 的平台上才会构建。请写明里面启动的程序：在 algorithm.yaml 里写 entry: 启动命令（Python 包另写 runtime: python，依赖写在 requirements.txt 里）`,
        `${names}: only a Dockerfile at the top is built, and only by a platform with Docker. Name the program that it starts: write entry: its command in algorithm.yaml (for a Python package also runtime: python, with the dependencies in requirements.txt)`,
      ),
  },
  {
    code: 'seen.mlflow_project',
    files: /(^|\/)MLproject$/,
    words: (names) =>
      say(
        `${names}：MLflow 项目，它训练模型后就结束，不提供服务。请运行它（mlflow run），再上传它保存的模型文件夹（里面有 MLmodel）`,
        `${names}: a project of MLflow, which trains a model and ends, so nothing answers. Run it (mlflow run), and upload the folder of the model that it saves (with MLmodel)`,
      ),
  },
  {
    code: 'seen.triton',
    files: /(^|\/)\w*config\.pbtxt$/,
    words: (names) =>
      say(
        `${names}：Triton 的模型，平台没有 Triton。ONNX 模型请单独上传 .onnx 文件；TritonPythonModel 的 initialize 和 execute 请改写成 ai_algorithm.py 里类 Algorithm 的 setup(self) 和 predict(self, input_data)`,
        `${names}: a model for Triton, which the platform does not have. Of a model in ONNX, upload the .onnx file alone. Rewrite initialize and execute of a TritonPythonModel as setup(self) and predict(self, input_data) of a class Algorithm in ai_algorithm.py`,
      ),
  },
  { code: 'seen.go', files: /(^|\/)go\.mod$|^[^/]+\.go$/, words: compiled('Go') },
  { code: 'seen.rust', files: /(^|\/)Cargo\.toml$/, words: compiled('Rust') },
  { code: 'seen.java', files: /(^|\/)(pom\.xml|build\.gradle(\.kts)?)$/, words: compiled('Java') },
  {
    code: 'seen.dotnet',
    files: /\.(cs|fs|vb)proj$/,
    words: compiled('.NET'),
  },
  {
    code: 'seen.r',
    files: /\.[rR]$/,
    words: interpreted(
      'R',
      'R',
      `Rscript -e 'plumber::pr_run(plumber::pr("plumber.R"), Sys.getenv("HOST"), as.integer(Sys.getenv("PORT")))'`,
    ),
  },
  { code: 'seen.julia', files: /\.jl$/, words: interpreted('Julia', 'Julia', 'julia app.jl') },
  {
    code: 'seen.php',
    files: /\.php$/,
    words: interpreted('PHP', 'PHP', 'php -S "$HOST:$PORT" -t public'),
  },
  {
    code: 'seen.ruby',
    files: /(^|\/)(Gemfile|config\.ru)$/,
    words: interpreted('Ruby', 'Ruby', 'bundle exec rackup --host "$HOST" --port "$PORT"'),
  },
  {
    code: 'seen.jar',
    files: /\.jar$/,
    words: (names) =>
      say(
        `${names}：如果它是一个服务，请在 algorithm.yaml 里写 runtime: command 和 entry: java -jar 文件名 --server.port=$PORT（机器上要装有 Java）`,
        `${names}: if it is a server, write runtime: command and entry: java -jar its-name --server.port=$PORT in algorithm.yaml (the machine must have Java)`,
      ),
  },
  {
    code: 'seen.workers',
    files: /(^|\/)wrangler\.(toml|jsonc?)$/,
    words: (names) =>
      say(
        `${names}：为 Cloudflare Workers 写的，它自己不监听端口，平台用 Node 运行。请加一个 Node 的入口，例如用 Hono 的 @hono/node-server 监听 $PORT，并在 package.json 的 start 脚本里启动它`,
        `${names}: written for Workers of Cloudflare, so it listens on no port itself, and the platform runs it by Node. Add an entry for Node, such as one that listens on $PORT by @hono/node-server of Hono, and start it in the script start of package.json`,
      ),
  },
  {
    code: 'seen.notebook',
    files: /\.ipynb$/,
    words: (names) =>
      say(
        `${names}：笔记本不能作为服务运行。请把加载模型和推理的代码放进 ai_algorithm.py 的类 Algorithm：setup(self) 和 predict(self, input_data)`,
        `${names}: a notebook does not run as a service. Move the code that loads the model and uses it into a class Algorithm in ai_algorithm.py: setup(self) and predict(self, input_data)`,
      ),
  },
  {
    code: 'seen.weights',
    files: /\.(pth?|ckpt|pkl|pickle|joblib|h5|keras|safetensors|gguf|tflite|pb)$/i,
    words: (names) =>
      say(
        `${names}：只有模型文件，没有说明怎样用它的代码。${starter.zh}`,
        `${names}: a model, but no code that says how to use it. ${starter.en}`,
      ),
  },
  {
    code: 'seen.wheel',
    files: /\.whl$/,
    words: (names) =>
      say(
        `${names}：一个安装包。请加一个使用它的程序；requirements.txt 里写它的名字`,
        `${names}: an installable package. Add a program that uses it, and its name in requirements.txt`,
      ),
  },
]
