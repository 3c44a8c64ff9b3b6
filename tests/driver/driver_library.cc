#include "tests/driver/driver_library.h"

#include <dlfcn.h>

#include <stdexcept>

namespace sluice::tests {
namespace {

void* Library() {
  static void* const library = [] {
    void* const opened = dlopen(SLUICE_DRIVER_PATH, RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) throw std::runtime_error(dlerror());
    return opened;
  }();
  return library;
}

}  // namespace

void* DriverLibrary::Find(const char* name) { return dlsym(Library(), name); }

const DriverLibrary& DriverLibrary::Instance() {
  static const DriverLibrary library;
  return library;
}

}  // namespace sluice::tests
