#!/bin/sh
# Downloads with rclone and checks what came; an init container, or a sidecar, of the chart.
#   fetch.sh models  URL DIR SHA256                     SHA-256 of URL/SHA256SUMS
#   fetch.sh gallery URL DIR [MANIFEST_SHA256 [EVERY_S]]  repeats every EVERY_S seconds
set -eu
scratch=${TMPDIR:-/tmp}

fail() {
  echo "fetch.sh: $1" >&2
  exit 1
}

# A repository is code. Its SHA256SUMS is pinned by the caller; every file has to be listed there.
fetch_models() {
  rclone copy "$1" "$2"
  cd "$2"
  [ -f SHA256SUMS ] || fail "$1 holds no SHA256SUMS; write it beside the models before uploading"
  found=$(sha256sum SHA256SUMS | cut -c1-64)
  [ "$found" = "$3" ] || fail "SHA256SUMS of $1 has SHA-256 $found, expected $3"
  sha256sum -c SHA256SUMS > "$scratch/checked" || fail "changed: $(grep -v ': OK$' "$scratch/checked" | head -n 3)"
  find . ! -type d ! -path ./SHA256SUMS | sort > "$scratch/present"
  cut -c67- SHA256SUMS | sed 's|^\./||; s|^|./|' | sort > "$scratch/listed"
  extra=$(grep -vxFf "$scratch/listed" "$scratch/present" | head -n 3)
  [ -z "$extra" ] || fail "not in SHA256SUMS: $extra"
  echo "models: $(wc -l < "$scratch/listed") files, all as pinned"
}

# CURRENT is read first and placed last, so that it never names what is not whole here. The files
# of a version are checked against its manifest by the server, before it serves any of them.
# The version that was published before it comes too, with the record that says so: a server that
# starts while the newer one is refused goes back to it. Not where the version is pinned.
fetch_gallery() {
  rclone copyto "$1/CURRENT" "$2/.CURRENT.new"
  version=$(cat "$2/.CURRENT.new")
  is_version "$version" || fail "CURRENT of $1 names '$version', which is no version"
  live=$(cat "$2/CURRENT" 2> /dev/null || true)
  [ "$version" != "$live" ] || return 0
  rclone copy "$1/$version" "$2/$version"
  before=
  if [ -n "$3" ]; then
    found=$(sha256sum "$2/$version/manifest.json" | cut -c1-64)
    [ "$found" = "$3" ] || fail "manifest.json of $version has SHA-256 $found, expected $3"
  else
    before=$(fetch_before "$1" "$2" "$version")
  fi
  # No moment of this order records a version that was not published, or lacks the live one.
  printf '%s\n' ${before:+"$before"} "$version" > "$2/.PUBLISHED.new"
  mv "$2/.PUBLISHED.new" "$2/PUBLISHED"
  mv "$2/.CURRENT.new" "$2/CURRENT"
  for old in "$2"/v*; do # what was live here stays: requests in flight may still pin it
    case ${old##*/} in "$version" | "$live" | "$before") ;; *) rm -rf "$old" ;; esac
  done
  echo "gallery: $version in place${before:+, $before before it}"
}

# Downloads the version that the record PUBLISHED of URL names before VERSION, and says its name;
# nothing where there is none. What is missing here costs the way back, and not the start.
#   fetch_before URL DIR VERSION
fetch_before() {
  if ! rclone copyto "$1/PUBLISHED" "$2/.PUBLISHED.theirs" > /dev/null 2>&1; then
    echo "fetch.sh: $1 has no record PUBLISHED: no older version comes along" >&2
    return 0
  fi
  older=
  while read -r name || [ -n "$name" ]; do
    if is_version "$name" && [ "${name#v}" -lt "${3#v}" ]; then older=$name; fi
  done < "$2/.PUBLISHED.theirs"
  rm -f "$2/.PUBLISHED.theirs"
  [ -n "$older" ] || return 0
  if rclone copy "$1/$older" "$2/$older" >&2 && [ -f "$2/$older/manifest.json" ]; then
    echo "$older"
  else # what came of it is removed with other old versions
    echo "fetch.sh: $older of $1 did not come: there is no older version to go back to" >&2
  fi
}

is_version() {
  case $1 in
    v[0-9]*) case ${1#v} in *[!0-9]*) return 1 ;; esac ;;
    *) return 1 ;;
  esac
}

case $1 in
  models) fetch_models "$2" "$3" "$4" ;;
  gallery)
    if [ -z "${5:-}" ]; then
      fetch_gallery "$2" "$3" "${4:-}"
    else
      while true; do
        # A shell of its own: inside `||` this one would no longer stop at the first failure.
        /bin/sh "$0" gallery "$2" "$3" "$4" || echo "fetch.sh: trying again in $5 s" >&2
        sleep "$5"
      done
    fi
    ;;
  *) fail "unknown kind '$1'" ;;
esac
