#pragma once

#include <string>
#include <vector>

#include "odbc_driver/handles/descriptor.h"
#include "sluice/v1/session.pb.h"

namespace sluice::driver {

// A value of a procedure or function that did not reach its buffer whole.
struct OutputProblem {
  SQLSMALLINT parameter;  // from 1
  SqlState state;         // class 01: a warning
  std::string message;    // empty: the state's meaning
};

// Writes what a procedure or function gave back to the buffers that APD and IPD describe (ODBC
// reference, "Procedure Parameters" and appendix D, "Converting Data from SQL to C Data Types").
// The first `before` parameters belong to statements in front of it in the same text. The caller
// holds the locks of both descriptors. Throws MalformedBatch.
std::vector<OutputProblem> StoreOutputs(const v1::OutputValues& outputs, Descriptor& apd,
                                        Descriptor& ipd, v1::Engine engine, int before);

}  // namespace sluice::driver
