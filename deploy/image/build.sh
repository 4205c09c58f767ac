#!/usr/bin/env bash
# build.sh [TAG [SOURCE]]: build the image without a daemon, as root, with Debian's buildah; `make image` runs it.
#
# BASE names an image to build on. Without it, mmdebstrap makes a Debian 12 from Debian's packages once: for machines
# that reach no registry of images. The authorities that this machine trusts are lent to the build, not put into it.
set -euo pipefail
tag=${1:-registan:dev} source=$(realpath "${2:-$(dirname "$0")/../..}") here=$(realpath "$(dirname "$0")")
export STORAGE_DRIVER=${STORAGE_DRIVER:-vfs} BUILDAH_ISOLATION=chroot
for needed in buildah mmdebstrap; do
  command -v "$needed" >/dev/null || { echo "$needed is not installed: apt-get install $needed"; exit 1; }
done

if [ -z "${BASE:-}" ]; then
  BASE=localhost/registan-base:bookworm
  if ! buildah images -q "$BASE" >/dev/null 2>&1; then
    made=$(mktemp -d); trap 'rm -rf "$made"' EXIT
    mmdebstrap --quiet --variant=minbase bookworm "$made/base.tar"
    printf 'FROM scratch\nADD base.tar /\n' >"$made/Containerfile"
    buildah build --quiet --tag "$BASE" "$made" >/dev/null
  fi
fi

begun=$(date +%s)
buildah build --quiet --network host --volume /etc/ssl/certs/ca-certificates.crt:/run/authorities.crt:ro \
  --build-arg PIP_CERT=/run/authorities.crt --build-arg BASE="$BASE" \
  --tag "$tag" --file "$here/Containerfile" "$source" >/dev/null

megabytes() { echo $((($1 + 999999) / 1000000)); }
size_of() { buildah inspect --type image --format '{{.FromImageID}}' "$1" >/dev/null; mounted=$(buildah from --pull-never "$1"); du -sb "$(buildah mount "$mounted")" | cut -f1; buildah rm "$mounted" >/dev/null; }
whole=$(size_of "$tag") base=$(size_of "$BASE")
mkdir -p "$source/build"
buildah push --quiet "$tag" "oci-archive:$source/build/image.tar:$tag"
echo "$tag: $(megabytes $((whole - base))) MB on a base of $(megabytes "$base") MB; $(megabytes "$(stat -c %s "$source/build/image.tar")") MB packed with it; built in $(($(date +%s) - begun)) s"
