#!/bin/bash
# Start, restart, lock and stop of the background process, with the real command line over a controller without an engine.
set -u
vectis=$1
export VECTIS_HOME; VECTIS_HOME=$(mktemp -d /tmp/vectis-process-XXXXXX)
site=$VECTIS_HOME-site; mkdir -p "$site"
trap '"$vectis" down >/dev/null 2>&1; rm -rf "$VECTIS_HOME" "$site"' EXIT

expect() {  # CODE TEXT COMMAND…: the command exits with CODE and says TEXT
  local code=$1 text=$2 said result; shift 2
  said=$("$@" 2>&1); result=$?
  if [ $result -ne "$code" ] || [[ $said != *"$text"* ]]; then
    echo "FAILED: $* gave $result instead of $code, or does not say '$text':"; echo "$said"; exit 1
  fi
}

declare_network() { printf 'apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata: {name: front}\nspec: {%s}\n' "$1" > "$site/a.yaml"; }

expect 1 "no controller runs here" "$vectis" status
expect 0 "nothing is running" "$vectis" down
declare_network "internl: true"
expect 2 "a.yaml:4:" "$vectis" up "$site"
[ ! -e "$VECTIS_HOME/controller.pid" ] || { echo "FAILED: a mistake started a controller"; exit 1; }

declare_network "internal: true"
expect 0 "Network/front: Ready" "$vectis" up "$site"
expect 0 "nothing to do: 1 objects are as declared" "$vectis" up "$site"
expect 0 "front" "$vectis" get networks
expect 0 "network/front" "$vectis" get networks -o name
expect 0 "" "$vectis" diff -f "$site"
expect 1 "Network/front: create" "$vectis" plan -f "$site"
expect 2 "did you mean 'networks'" "$vectis" get netwroks
expect 1 "not found" "$vectis" get network nothing
expect 0 "Declared by: file:$site" "$vectis" describe network front
expect 1 "timed out" "$vectis" wait network/other --timeout 1s
declare_network "internal: false"
expect 1 "spec.internal: true" "$vectis" diff -f "$site"

supervisor=$(cat "$VECTIS_HOME/controller.pid")
kill -KILL "$(pgrep -P "$supervisor")"
for _ in $(seq 100); do "$vectis" status >/dev/null 2>&1 && break; read -rt 0.1 <> <(:); done
expect 0 "" "$vectis" status
[ "$supervisor" = "$(cat "$VECTIS_HOME/controller.pid")" ] || { echo "FAILED: another supervisor runs"; exit 1; }

"$vectis" up "$site" >/dev/null 2>&1 & first=$!
expect 0 "" "$vectis" up "$site"
wait $first || { echo "FAILED: one of two 'up' at once failed"; exit 1; }

expect 0 "stopped" "$vectis" down
# Its lock goes a moment before the process does; without an init in the container an orphan stays as a zombie.
is_alive() { grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null; }
for _ in $(seq 50); do is_alive "$supervisor" || break; read -rt 0.1 <> <(:); done
is_alive "$supervisor" && { echo "FAILED: the supervisor still runs"; exit 1; }
expect 0 "everything is gone" "$vectis" down --volumes
[ ! -e "$VECTIS_HOME/state" ] || { echo "FAILED: the state is still there"; exit 1; }
expect 0 "nothing is running" "$vectis" down
echo "the background process starts, restarts, waits its turn and stops"
