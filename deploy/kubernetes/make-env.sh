#!/bin/sh
# Makes vitrine.env and secrets.env beside this file, which kustomization.yaml reads. What is there is never replaced: a database keeps the
# password that it was made with, and the key opens all secrets that are stored.
set -eu
cd "$(dirname "$0")"
umask 077
random() { od -A n -t x1 -N "$1" /dev/urandom | tr -d ' \n'; }
[ -e vitrine.env ] || cp vitrine.env.example vitrine.env
if [ -e secrets.env ]; then
  echo 'secrets.env 已存在，保持不变。 · There is a secrets.env, which stays as it is.' >&2
  exit 1
fi
password=$(random 24)
# A file of another name first, so that an interruption leaves no half of one.
cat >secrets.env.new <<END
# The last two are those of postgres.yaml. For a database of your own, write its address and take POSTGRES_PASSWORD away.
VITRINE_SECRET_KEY=$(random 32)
DATABASE_URL=postgresql://vitrine:$password@postgres.vitrine.svc:5432/vitrine
POSTGRES_PASSWORD=$password
END
mv secrets.env.new secrets.env
echo '已生成 vitrine.env 与 secrets.env，只有本账户可读。 · vitrine.env and secrets.env are made, and only this account can read them.'
