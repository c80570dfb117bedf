#!/bin/sh
# Installs yoloscope and its server from the wheels beside this script; nothing is fetched.
#   sh install.sh [FOLDER]      into a virtual environment in FOLDER (default: the active one, else ./yoloscope-venv)
#   PYTHON=/path/to/python3 sh install.sh
set -eu

case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in zh*) chinese=1 ;; *) chinese= ;; esac
say() { if [ -n "$chinese" ]; then echo "$2"; else echo "$1"; fi; }
stop() { say "$1" "$2" >&2; exit 1; }

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

supported() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

find_python() {
  for name in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.10; do
    if [ -n "$name" ] && supported "$name"; then echo "$name"; return; fi
    if [ -n "${PYTHON:-}" ]; then return; fi
  done
}

if command -v sha256sum >/dev/null 2>&1; then
  (cd "$here" && sha256sum -c --quiet SHA256SUMS) ||
    stop "The bundle is damaged: copy it again. Nothing was installed." "安装包已损坏，请重新复制。没有安装任何内容。"
fi

active=${VIRTUAL_ENV:-${CONDA_PREFIX:-}}
if [ $# -eq 0 ] && [ -n "$active" ] && [ -x "$active/bin/python" ]; then
  target=$active
  supported "$target/bin/python" ||
    stop "The active environment $target has no Python 3.10 to 3.13; name another folder: sh install.sh FOLDER" \
      "当前环境 $target 的 Python 不是 3.10 到 3.13，请指定其他目录：sh install.sh 目录"
else
  target=${1:-$PWD/yoloscope-venv}
  python=$(find_python)
  [ -n "$python" ] ||
    stop "Python 3.10 to 3.13 is needed and was not found; say which: PYTHON=/path/to/python3 sh install.sh" \
      "需要 Python 3.10 到 3.13，没有找到。请指定：PYTHON=/path/to/python3 sh install.sh"
  "$python" -m venv "$target" ||
    stop "No virtual environment could be made in $target (on Debian and Ubuntu the package python3-venv is needed)." \
      "无法在 $target 创建虚拟环境（Debian 和 Ubuntu 需要 python3-venv 软件包）。"
fi

"$target/bin/python" -m pip --isolated --disable-pip-version-check install --quiet \
  --no-index --find-links "$here/wheels" 'yoloscope[server]'

say "Installed. Start the dashboard: $target/bin/yoloscope up" "安装完成。启动面板：$target/bin/yoloscope up"
