#include "odbc_driver/platform/temporary_file.h"

#include <cerrno>
#include <system_error>

namespace sluice::driver::platform {
namespace {

[[noreturn]] void ThrowErrno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void TemporaryFile::Seek(std::uint64_t offset) {
#ifdef _WIN32
  const int failed = _fseeki64(file_.get(), static_cast<__int64>(offset), SEEK_SET);
#else
  const int failed = fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET);
#endif
  if (failed != 0) ThrowErrno("a temporary file cannot be positioned");
}

std::uint64_t TemporaryFile::Append(std::string_view octets) {
  if (file_ == nullptr) {
    file_.reset(std::tmpfile());
    if (file_ == nullptr) ThrowErrno("a temporary file cannot be made");
  }
  const std::uint64_t offset = size_;
  Seek(offset);
  if (std::fwrite(octets.data(), 1, octets.size(), file_.get()) != octets.size() ||
      std::fflush(file_.get()) != 0) {
    ThrowErrno("a temporary file cannot be written");
  }
  size_ += octets.size();
  return offset;
}

void TemporaryFile::Read(std::uint64_t offset, std::size_t length, std::string& octets) {
  Seek(offset);
  octets.resize(length);
  if (std::fread(octets.data(), 1, length, file_.get()) != length) {
    ThrowErrno("a temporary file cannot be read");
  }
}

}  // namespace sluice::driver::platform
