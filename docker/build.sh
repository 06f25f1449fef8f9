#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The image's build stage: makes OUT/elegraph from the source tree in the current folder. Runs as it is in any Debian 12 root.
set -eu
out=$1
apt-get update -qq
apt-get install -y -qq --no-install-recommends bash
./dev build-portable
mkdir -p "$out"
cp build/portable/elegraph "$out/elegraph"
strip "$out/elegraph"
