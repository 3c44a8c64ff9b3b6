#pragma once

#include <cstdio>
#include <memory>

namespace sluice::relay::session {

struct CloseSpoolFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using SpoolFile = std::unique_ptr<std::FILE, CloseSpoolFile>;

// An unnamed temporary file, gone with the process, whatever happens; programs that the process
// starts do not inherit it. nullptr: errno tells why there is none.
SpoolFile OpenSpoolFile();

}  // namespace sluice::relay::session
