/** An answer of 60 bytes, about what a classification of one short text is. */
export const answerText = '{"status":"succeeded","predictions":[{"label":"a","s":0.93}]}'.slice(0, 60)

const frame = (folder: string, servers: string, workers: 'auto' | 1 = 1) => `
worker_processes ${workers};
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log ${folder}/access.log;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000000;
${servers}
}
`

const forwarded = `
      proxy_set_header Host $host;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;`

/** The upstream: an nginx that answers at once, so that what is measured is the way there. It can listen on a socket, too. */
export const upstreamConfig = (folder: string, port: number, socket?: string) =>
  frame(
    folder,
    `  server {
    listen 127.0.0.1:${port} backlog=1024;${socket === undefined ? '' : `\n    listen unix:${socket} backlog=1024;`}
    access_log off;
    location / { default_type application/json; return 200 '${answerText}'; }
  }`,
  )

/** The plan's own nginx: the headers, and a new connection to the upstream for each request. */
export const plainConfig = (folder: string, port: number, upstream: number) =>
  frame(
    folder,
    `  server {
    listen 127.0.0.1:${port} backlog=1024;
    location /ai/bench/ {
      proxy_pass http://127.0.0.1:${upstream}/;${forwarded}
    }
  }`,
  )

/** The same with connections to the upstream kept open; several workers get their connections spread evenly, as ours do. */
export const keepAliveConfig = (folder: string, port: number, upstream: number, workers: 'auto' | 1 = 1) =>
  frame(
    folder,
    `  upstream instances { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=1024${workers === 'auto' ? ' reuseport' : ''};
    location /ai/bench/ {
      proxy_pass http://instances/;
      proxy_http_version 1.1;
      proxy_set_header Connection "";${forwarded}
    }
  }`,
    workers,
  )
