# What pages.py puts around the blocks of a page. The trap sees failures inside
# of $(…) and of pipes, too.
set -ET -o pipefail
shopt -s expand_aliases
exec 3>&1

__failed() {
  if [ "$1" = "$__exits" ] && [ "$1" != 0 ]; then
    touch "$PAGES_TMP/exited"
    return
  fi
  echo "$2: ends with $1: $3" >>"$PAGES_TMP/failed"
  exit 1
}

__left() { # STATUS, of a command before &&
  __failed "$1" "${BASH_LINENO[0]}" "a command before &&"
}

__begin() { # LINE EXITS TYPES, of a hidden block LINE
  echo "$1" >"$PAGES_TMP/at"
  if [ $# = 1 ]; then export PAGES_HIDDEN=1; else unset PAGES_HIDDEN; fi
  __exits=${2:-0}
  rm -f "$PAGES_TMP/exited"
  __out=$PAGES_TMP/out/$1
  if [ -n "$3" ]; then exec < <(trap - ERR DEBUG; yes "$3" 2>/dev/null); else exec </dev/null; fi
  exec >"$__out" 2>&1
}

__end() {
  exec >&3 2>&3
  [ ! -s "$PAGES_TMP/failed" ] || exit 1
  if [ "$__exits" != 0 ] && [ ! -e "$PAGES_TMP/exited" ]; then
    echo "$(cat "$PAGES_TMP/at"): no command exits with $__exits" >>"$PAGES_TMP/failed"
    exit 1
  fi
  __exits=0
}

__until() { # TEXT
  local job=$! tries
  exec >&3 2>&3
  for tries in $(seq 3000); do
    if grep -qF -- "$1" "$__out"; then return; fi
    if ! kill -0 "$job" 2>/dev/null; then break; fi
    sleep 0.1
  done
  echo "$(cat "$PAGES_TMP/at"): it does not print: $1" >>"$PAGES_TMP/failed"
  exit 1
}

# What Ctrl-C does in the terminal of the bus that runs, for the pages to call.
ctrl_c() {
  local running=~/.local/state/pai-notify/local.json tries
  kill -INT "$(jq .pid "$running")"
  for tries in $(seq 600); do
    [ -e "$running" ] || return 0
    sleep 0.1
  done
  return 1
}

__over() {
  trap - ERR DEBUG
  touch "$PAGES_TMP/over"
}

trap 'echo $LINENO >>"$PAGES_TMP/ran"' DEBUG
trap '__failed $? $LINENO "$BASH_COMMAND"' ERR
