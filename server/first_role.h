// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "query/engine.h"
#include "server/options.h"

namespace elegraph::server {

// Makes the role that `options` and the environment variable ELEGRAPH_PASSWORD ask for, where there is no role yet: the
// way in from another machine, where the trust in loopback connections does not reach (a container's host). Errors: F0000
// for a password that is given twice, is empty or does not read.
void make_first_role(const Options& options, query::Engine& engine);

// Logs a warning where connections from other machines are listened for and no role could let them in.
void warn_of_closed_door(const Options& options, const query::Engine& engine);

}  // namespace elegraph::server
