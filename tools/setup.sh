# shellcheck shell=sh
# Shell functions that ./run and ./test share: installing what packages.txt names, and building.
# Sourced with `root` set to the folder of the checkout. Nothing here writes to standard output.
: "${root:?}"

# An empty environment has a shell that knows a PATH, but compilers that do not.
export PATH

say() {
    printf '%s\n' "$*" >&2
}

# The packages of the named sections that are neither installed nor replaced by their command.
missing_packages() {
    wanted=" $* "
    section=
    while read -r first second; do
        case $first in
        '') ;;
        '#') section=$second ;;
        *)
            case $wanted in *" $section "*) ;; *) continue ;; esac
            if [ -n "$second" ] && command -v "$second" >/dev/null 2>&1; then
                continue
            fi
            case $(dpkg-query -W -f '${db:Status-Status}' "$first" 2>/dev/null) in
            installed*) ;;
            *) printf '%s ' "$first" ;;
            esac
            ;;
        esac
    done <"$root/packages.txt"
}

# Installs what is missing of the named sections; 1 with a message when that cannot be done.
install_packages() {
    packages=$(missing_packages "$@")
    [ -n "$packages" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        say "These Debian packages are missing, and apt-get is not here to install them: $packages"
        return 1
    fi
    as_root=
    if [ "$(id -u)" != 0 ]; then
        as_root='sudo -n'
        [ -t 0 ] && [ -t 2 ] && as_root=sudo
        if ! command -v sudo >/dev/null 2>&1 || { [ "$as_root" != sudo ] && ! sudo -n true 2>/dev/null; }; then
            say "Please install these packages as root, then run this again:"
            say "    apt-get install $packages"
            return 1
        fi
    fi
    say "Installing Debian packages: $packages"
    log=$(mktemp) || return 1
    # shellcheck disable=SC2086 # both are lists of words
    if ! { $as_root apt-get update &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
            install -y --no-install-recommends $packages; } </dev/null >"$log" 2>&1; then
        tail -n 25 "$log" >&2
        rm -f "$log"
        say "The packages could not be installed (above: the end of what apt-get said)."
        return 1
    fi
    rm -f "$log"
}

# build_in FOLDER TARGET [meson options]: configures FOLDER once and builds the target in it ("all" for
# everything), a word only when it takes long or fails. One build of a checkout runs at a time.
build_in() {
    folder=$1 target=$2
    shift 2
    mkdir -p "$folder" || return 1
    (
        flock 9
        log=$folder/build.log
        if [ ! -f "$folder/build.ninja" ]; then
            say "Building ${folder#"$root"/} (the first time takes a moment) ..."
            rm -rf "$folder/meson-private" "$folder/meson-info"
            meson setup "$@" "$folder" "$root" >"$log" 2>&1 </dev/null ||
                { tail -n 25 "$log" >&2; say "The build could not be set up; all of it: $log"; exit 1; }
        fi
        ninja --quiet -k 0 -C "$folder" "$target" >"$log" 2>&1 </dev/null ||
            { sed -n '/FAILED:/,$p;/ERROR/p' "$log" | head -n 80 >&2; say "The build failed; all of it: $log"; exit 1; }
    ) 9>"$folder/lock"
}

# A Node.js that the packages run on: the system's when it is new enough (22, or 20 from 20.19 on), else the one
# that tools/node pins. Debian 12 has 18.
need_node() {
    if node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
        return 0
    fi
    npm_packages "$root/tools/node" || return 1
    for folder in "$root"/tools/node/node_modules/node-linux-*/bin; do
        PATH=$folder:$PATH
    done
    node -e 0 2>/dev/null || { say "No Node.js that runs on this machine could be installed."; return 1; }
}

# npm_ci FOLDER: the npm packages that its lock file pins, when they are not there yet.
npm_ci() {
    need_node && npm_packages "$1"
}

npm_packages() {
    if ! cmp -s "$1/package-lock.json" "$1/node_modules/.installed"; then
        say "Installing npm packages for ${1#"$root"/} ..."
        log=$(mktemp) || return 1
        if ! npm ci --no-progress --no-audit --no-fund --prefix "$1" >"$log" 2>&1 </dev/null; then
            tail -n 25 "$log" >&2
            rm -f "$log"
            say "The npm packages could not be installed (above: the end of what npm said)."
            return 1
        fi
        rm -f "$log"
        cp "$1/package-lock.json" "$1/node_modules/.installed"
    fi
}

# Builds the pages into web/dist when something they are made of has changed.
build_web() {
    web=$root/web
    if [ -f "$web/dist/index.html" ] && [ -z "$(find "$web/src" "$web/public" "$web/index.html" \
        "$web/package-lock.json" "$root/src/app/schemas.json" -newer "$web/dist/index.html" -print -quit)" ]; then
        return 0
    fi
    npm_ci "$web" || return 1
    say "Building the pages ..."
    log=$(mktemp) || return 1
    if ! npm run --silent --prefix "$web" build >"$log" 2>&1 </dev/null; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        say "The pages could not be built (above: the end of what the build said)."
        return 1
    fi
    rm -f "$log"
}
