#!/bin/sh
# Builds the tasks' image with buildah, without a registry or a daemon: the base is the pinned interpreter with its libraries. Then asks
# the image what it promises: no root, one folder that can be written to, and bundles that load.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
export BUILDAH_ISOLATION="${BUILDAH_ISOLATION:-chroot}" STORAGE_DRIVER="${STORAGE_DRIVER:-vfs}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
node=$(readlink -f "$root/node_modules/node/bin/node")

mkdir -p "$work/base/usr/local/bin" "$work/context"
cp "$node" "$work/base/usr/local/bin/node"
for library in $(ldd "$node" | grep -o '/[^ ]*'); do
  mkdir -p "$work/base$(dirname "$library")"
  cp -L "$library" "$work/base$library"
done
printf 'FROM scratch\nCOPY base/ /\n' > "$work/Dockerfile.base"
buildah bud --quiet --tag tubepost-base --file "$work/Dockerfile.base" "$work" > /dev/null

"$node" --input-type=module --eval "const { imageContext } = await import('$root/infra/bundle.ts'); await imageContext('$work/context')"
buildah bud --quiet --tag tubepost --build-arg NODE=localhost/tubepost-base --build-arg BASE=localhost/tubepost-base "$work/context" > /dev/null

container=$(buildah from tubepost)
trap 'buildah rm "$container" > /dev/null; rm -rf "$work"' EXIT
buildah run "$container" -- /usr/local/bin/node --input-type=module --eval "
  import assert from 'node:assert/strict'
  import { writeFileSync } from 'node:fs'
  assert.equal(process.getuid(), 65532)
  writeFileSync('/spool/message', '')
  assert.throws(() => writeFileSync('/app/message', ''), { code: 'EACCES' })
"
for task in smtp-ingress mailbox-gateway; do
  buildah run "$container" -- /usr/local/bin/node --check "$task.mjs"
done
echo "image: built, runs as 65532, writes to /spool alone"
