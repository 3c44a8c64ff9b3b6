#pragma once

#include <exception>

#include "relay_server/session/cancel_point.h"
#include "sluice/v1/session.pb.h"

namespace sluice::relay::session {

// The response that tells the client of an error of any layer: one diagnostic with the SQLSTATE of
// where it arose. A statement that the relay itself stopped fails with HY008 or HYT00, whatever the
// server calls that.
v1::Response MakeFailure(std::exception_ptr error, CancelReason reason);
// The record for an error that concerns a part of an execution.
v1::Diagnostic DiagnosticOf(const backend::BackendError& error);

}  // namespace sluice::relay::session
