#!/bin/sh
# Makes passwords for compose.yaml, from the kernel's random numbers, and writes them into .env beside this file. What is
# there is never replaced: the database keeps the password that it was made with.
set -eu
cd "$(dirname "$0")"
umask 077
# Other settings may be secrets, too. The file is made here so that only this account can read it.
[ -e vitrine.env ] || : >vitrine.env
random() { od -A n -t x1 -N "$1" /dev/urandom | tr -d ' \n'; }
if [ -e .env ]; then
  echo '.env 已存在，保持不变。 · There is an .env, which stays as it is.' >&2
  exit 1
fi
# A file of another name first, so that an interruption leaves no half of one.
cat >.env.new <<END
POSTGRES_PASSWORD=$(random 24)
REDIS_PASSWORD=$(random 24)
S3_ACCESS_KEY=$(random 10)
S3_SECRET_KEY=$(random 24)
END
mv .env.new .env
echo '密码已写入 .env，只有本账户可读。 · The passwords are in .env, which only this account can read.'
