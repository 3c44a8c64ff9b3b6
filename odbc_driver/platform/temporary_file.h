#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::driver::platform {

// An unnamed temporary file: gone with the process, whatever happens. It is made when something is
// first appended. Not thread-safe. Throws std::system_error.
class TemporaryFile {
 public:
  // Returns where the octets begin.
  std::uint64_t Append(std::string_view octets);
  // Octets that were appended.
  void Read(std::uint64_t offset, std::size_t length, std::string& octets);
  std::uint64_t size() const { return size_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void Seek(std::uint64_t offset);

  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t size_ = 0;
};

}  // namespace sluice::driver::platform
