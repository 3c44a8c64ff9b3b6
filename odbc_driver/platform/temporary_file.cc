#include "odbc_driver/platform/temporary_file.h"

#ifndef _WIN32
#include <fcntl.h>
#include <unistd.h>
#endif

#include <cerrno>
#include <system_error>

namespace sluice::driver::platform {
namespace {

[[noreturn]] void ThrowErrno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Programs that the application starts must not inherit it: std::tmpfile() alone would let them.
std::FILE* OpenUnnamed() {
#ifdef O_TMPFILE
  const int unnamed = ::open(P_tmpdir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) {
    std::FILE* const file = ::fdopen(unnamed, "w+");
    if (file == nullptr) ::close(unnamed);
    return file;
  }
#endif
  std::FILE* const file = std::tmpfile();  // where the file system knows no unnamed files
#ifndef _WIN32
  if (file != nullptr) ::fcntl(::fileno(file), F_SETFD, FD_CLOEXEC);
#endif
  return file;
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
    file_.reset(OpenUnnamed());
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
