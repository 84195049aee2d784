# Shared by the scripts of this folder; meant to be sourced.
# shellcheck shell=bash

say() { echo "${0##*/}: $*" >&2; }

die() {
    say "$@"
    exit 1
}

# Ends a script because this machine does not allow what it is for: no fault of the project. Tests that need it are skipped.
cannot() {
    say "$@"
    exit 77
}

need_root() { [[ $(id -u) == 0 ]] || die "$1 needs root; run it as root or with sudo"; }

cache_folder() { echo "${XDG_CACHE_HOME:-$HOME/.cache}/vectis"; }

default_socket=/var/run/docker.sock

# curl to the Docker Engine that DOCKER_HOST names, else to the default socket: engine_curl PATH [curl's options].
engine_curl() {
    local path=$1 host=${DOCKER_HOST:-unix://$default_socket}
    shift
    case $host in
        unix://*) curl -sS --unix-socket "${host#unix://}" "$@" "http://engine$path" ;;
        tcp://*)
            if [[ -n ${DOCKER_TLS_VERIFY:-} ]]; then
                local certs=${DOCKER_CERT_PATH:-$HOME/.docker}
                curl -sS --cacert "$certs/ca.pem" --cert "$certs/cert.pem" --key "$certs/key.pem" "$@" "https://${host#tcp://}$path"
            else
                curl -sS "$@" "http://${host#tcp://}$path"
            fi
            ;;
        *) die "DOCKER_HOST=$host is neither unix:// nor tcp://" ;;
    esac
}

engine_answers() { [[ $(engine_curl /_ping -m 3 2>/dev/null) == OK ]]; }
