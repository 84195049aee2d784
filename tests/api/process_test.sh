#!/bin/bash
# Start, restart, lock and stop of the background process, with the real command line over a controller without an engine.
set -u
vectis=$1
export VECTIS_HOME; VECTIS_HOME=$(mktemp -d /tmp/vectis-process-XXXXXX)
site=$VECTIS_HOME-site; mkdir -p "$site"
trap '"$vectis" down >/dev/null 2>&1; rm -rf "$VECTIS_HOME" "$site" "$site-back.yaml" "$VECTIS_HOME-shared" "$VECTIS_HOME-up"' EXIT

expect() {  # CODE TEXT COMMAND…: the command exits with CODE and says TEXT
  local code=$1 text=$2 said result; shift 2
  said=$("$@" 2>&1); result=$?
  if [ $result -ne "$code" ] || [[ $said != *"$text"* ]]; then
    echo "FAILED: $* gave $result instead of $code, or does not say '$text':"; echo "$said"; exit 1
  fi
}

declare_network() { printf 'apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata: {name: front}\nspec: {%s}\n' "$1" > "$site/a.yaml"; }

expect 1 "no controller runs here" "$vectis" status
declare_network "internal: true"
expect 2 "start it with 'vectis up DIR'" "$vectis" diff -f "$site"
expect 2 "start it with 'vectis up DIR'" "$vectis" plan -f "$site"
shared=$VECTIS_HOME-shared; mkdir "$shared"; chmod 1777 "$shared"
expect 1 "set VECTIS_HOME to a folder of its own" env VECTIS_HOME="$shared" "$vectis" up "$site"
[ "$(stat -c %a "$shared")" = 1777 ] || { echo "FAILED: a shared folder was closed"; exit 1; }
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
expect 1 '"path": "spec.internal"' "$vectis" diff -f "$site" -o json
expect 1 "network/front" "$vectis" diff -f "$site" -o name
expect 1 "network/front" "$vectis" plan -f "$site" -o name
expect 1 '"action": "create"' "$vectis" plan -f "$site" -o json
expect 2 "-o" "$vectis" credentials -o name
expect 0 '"password": "pw"' "$vectis" credentials -o json

mailboxes() {  # NAME…: a domain with these mailboxes
  printf 'apiVersion: mail.vectis.dev/v1\nkind: Domain\nmetadata: {name: example.test}\nspec: {}\n'
  printf -- '---\napiVersion: mail.vectis.dev/v1\nkind: Mailbox\nmetadata: {name: %s, namespace: example.test}\nspec: {}\n' "$@"
}
mailboxes alice bob > "$site/mail.yaml"
expect 1 "Mailbox/example.test/bob: the limit is 2" "$vectis" up "$site"  # at once: asking again is of no use
expect 0 "alice" "$vectis" get mailboxes -A
rm "$site/mail.yaml"
mailboxes bob carol > "$site-back.yaml"
expect 1 "error: apply mailbox/carol: Mailbox/example.test/carol: the limit is 2" "$vectis" apply -f "$site-back.yaml"

network() { printf 'apiVersion: platform.vectis.dev/v1\nkind: Network\nmetadata: {name: %s}\nspec: {%s}\n' "$1" "$2"; }
network back "" > "$site-back.yaml"
expect 0 "network/back created" "$vectis" apply -f "$site-back.yaml"
expect 0 "kind: Network" "$vectis" apply -f "$site-back.yaml" -o yaml
expect 1 "is declared by file:$site: remove it there" "$vectis" delete network front
expect 0 "network/back would be deleted" "$vectis" delete network back --dry-run
expect 0 "network/back would be deleted" "$vectis" delete network back --dry-run=server
expect 2 "--dry-run" "$vectis" delete network back --dry-run=maybe
expect 0 "network/back" "$vectis" delete network back -o name --dry-run=none
expect 1 "not found" "$vectis" get network back
expect 0 "network/back created" "$vectis" apply -f "$site-back.yaml"
for command in status "get networks" "get network front" events "plan -f $site" "diff -f $site" "apply -f $site-back.yaml" \
  "delete network back --dry-run"; do
  for format in table json yaml name; do
    said=$("$vectis" $command -o $format 2>/dev/null)
    case $format in
      json) [[ $said == [{[]* ]] ;;
      yaml) [[ $said != [{[]* && $said == *:* ]] ;;
      name) [[ -z $said || $said == */* && $said != *[{:]* ]] ;;
      table) [[ $said != [{[]* ]] ;;
    esac || { echo "FAILED: $command -o $format says:"; echo "$said"; exit 1; }
  done
done
declare_network "internal: true"
expect 0 "network/front would be deleted" "$vectis" delete -f "$site" --dry-run
expect 0 "network/front deleted" "$vectis" delete -f "$site"
expect 0 "Network/front: Ready" "$vectis" up "$site"

supervisor=$(cat "$VECTIS_HOME/controller.pid")
kill -KILL "$(pgrep -P "$supervisor")"
for _ in $(seq 100); do "$vectis" status >/dev/null 2>&1 && break; read -rt 0.1 <> <(:); done
expect 0 "" "$vectis" status
[ "$supervisor" = "$(cat "$VECTIS_HOME/controller.pid")" ] || { echo "FAILED: another supervisor runs"; exit 1; }

# A supervisor that is lost leaves a controller that nobody would start again; the next 'up' gives it one.
kill -KILL "$supervisor"
for _ in $(seq 50); do [ -d /proc/"$supervisor" ] || break; read -rt 0.1 <> <(:); done
expect 0 "has lost its supervisor: replacing it" "$vectis" up "$site"
expect 0 "nothing to do" "$vectis" up "$site"
supervisor=$(cat "$VECTIS_HOME/controller.pid")

# An 'up' outlives the controller that it asks.
declare_network "internal: false"
"$vectis" up "$site" > "$VECTIS_HOME-up" 2>&1 & asking=$!
kill -KILL "$(pgrep -P "$supervisor")"
wait $asking || { echo "FAILED: 'up' ended with its controller:"; cat "$VECTIS_HOME-up"; exit 1; }

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
