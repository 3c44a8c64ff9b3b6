#pragma once

#include <string>

namespace sluice::driver::platform {

// The file name of the program that the driver was loaded into ("python3"); empty when unknown.
std::string ProcessName();
// This machine's name; empty when unknown.
std::string HostName();
// This process's number; changes after fork().
long ProcessId();

}  // namespace sluice::driver::platform
