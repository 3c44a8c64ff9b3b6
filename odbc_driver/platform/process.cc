#include "odbc_driver/platform/process.h"

#ifdef _WIN32
#include <windows.h>
// After windows.h.
#include <winsock2.h>
#else
#include <unistd.h>
#endif

#include <array>
#include <filesystem>
#include <system_error>

namespace sluice::driver::platform {
namespace {

constexpr std::size_t kMaxHostName = 256;

}  // namespace

#ifdef _WIN32

std::string ProcessName() {
  std::array<wchar_t, 4096> path{};
  const DWORD length =
      GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size() - 1));
  return std::filesystem::path(std::wstring(path.data(), length)).filename().string();
}

std::string HostName() {
  std::array<char, kMaxHostName> name{};
  DWORD size = static_cast<DWORD>(name.size() - 1);
  return GetComputerNameExA(ComputerNameDnsHostname, name.data(), &size) ? name.data() : "";
}

long ProcessId() { return static_cast<long>(GetCurrentProcessId()); }

#else

std::string ProcessName() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).filename().string();
}

std::string HostName() {
  std::array<char, kMaxHostName> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

long ProcessId() { return static_cast<long>(getpid()); }

#endif

}  // namespace sluice::driver::platform
