#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The image's run stage: the shared libraries, and a user of its own. Runs as it is in any Debian 12 root.
set -eu
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  libtbb12 libmimalloc2.0 libxxhash0 liburcu8 liburing2 libpg-query1504.0 libssl3 libicu72 libre2-9 libfmt9 libspdlog1.10 \
  libdate-tz3 libprometheus-cpp-pull1.0 libprometheus-cpp-core1.0 tzdata
rm -rf /var/lib/apt/lists/*
useradd --system --home-dir /var/lib/elegraph --shell /usr/sbin/nologin elegraph
install -d -o elegraph -g elegraph -m 700 /var/lib/elegraph
