#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <set>

namespace sluice::tests {

// The descriptors that a program which this process starts would get.
inline std::set<int> InheritedDescriptors() {
  std::set<int> inherited;
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) inherited.insert(descriptor);
  }
  return inherited;
}

}  // namespace sluice::tests
