// SPDX-License-Identifier: Apache-2.0
#pragma once

// The graph store: the classes are declared in graph_interface.h (read that); what runs once per row or edge is defined
// inline in reader_inline.h, which needs the storage's own headers.
#include "storage/graph_interface.h"
#include "storage/list_cursor.h"
#include "storage/reader_inline.h"
