// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace elegraph::storage {

class Transaction;

// Tells the catalog the types of the values that the transaction has written, as its commit does: plans of its own later
// statements must expect them. They stay after a rollback, as types that values may have. By the transaction's thread.
void tell_types(Transaction& transaction);

}  // namespace elegraph::storage
