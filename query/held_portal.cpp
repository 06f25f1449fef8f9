// SPDX-License-Identifier: Apache-2.0
#include "query/held_portal.h"

#include <future>

#include "query/session.h"

namespace elegraph::query {
namespace {

void run_to_end(PortalBase& portal, RowSink& sink) {
  for (Progress p = Progress::kSinkFull; p != Progress::kDone;) {
    p = portal.run(sink, 0, true);
    if (p != Progress::kWait) continue;
    std::promise<void> ready;  // another transaction's end, or pg_sleep()
    portal.resume_when([&] { ready.set_value(); });
    ready.get_future().wait();
  }
}

// No memory (class 53), or a cancel or timeout (57): of the statement that has the rows read.
bool is_of_the_caller(const Error& error) { return error.sqlstate.starts_with("53") || error.sqlstate.starts_with("57"); }

}  // namespace

HeldPortal::HeldPortal(SessionImplementation& session, const PortalBase& portal, bool holdable)
    : PortalBase(session, portal.statement(), {portal.formats().begin(), portal.formats().end()}),
      kept_(session, portal.columns()),
      holdable_(holdable) {
  savepoints = portal.savepoints;
  rows_ = portal.rows_sent();
}

std::unique_ptr<HeldPortal> HeldPortal::read_all(SessionImplementation& session, PortalBase& portal) {
  std::unique_ptr<HeldPortal> held(new HeldPortal(session, portal, true));
  run_to_end(portal, held->kept_);
  held->tag_ = portal.tag();
  return held;
}

std::unique_ptr<HeldPortal> HeldPortal::read_ahead(SessionImplementation& session, PortalBase& portal,
                                                   std::exception_ptr& stopped) {
  std::unique_ptr<HeldPortal> held(new HeldPortal(session, portal, false));
  try {
    run_to_end(portal, held->kept_);
  } catch (const Error& error) {
    held->error_ = std::current_exception();
    if (is_of_the_caller(error)) {
      stopped = held->error_;
      held->error_ =
          std::make_exception_ptr(Error("55000", "the rows that were left could not be read before the transaction wrote")
                                      .with_detail(error.message));
    }
  }
  held->tag_ = portal.tag();
  return held;
}

PortalBase::Produced HeldPortal::produce(bool) {
  const exec::Batch* batch = kept_.buffer().next();
  if (!batch && error_) std::rethrow_exception(error_);
  return {Progress::kDone, batch, kept_.buffer().slots()};
}

}  // namespace elegraph::query
