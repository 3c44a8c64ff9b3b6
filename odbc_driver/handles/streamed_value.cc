#include "odbc_driver/handles/streamed_value.h"

#include <algorithm>
#include <string>

namespace sluice::driver {

namespace {
// What the application gives may be as long as it likes: it is converted by pieces of this length.
constexpr std::size_t kPieceOctets = std::size_t{64} << 10;
}  // namespace

void StreamedValue::Append(std::string_view octets, CancelPoint::Scope& scope) {
  for (; !octets.empty(); octets.remove_prefix(std::min(kPieceOctets, octets.size()))) {
    std::string converted;
    converter_->Convert(octets.substr(0, kPieceOctets), converted);
    stream_.Append(converted, [&](std::uint64_t id) { scope.SetRequest(id); });
  }
}

void StreamedValue::Finish(CancelPoint::Scope& scope) {
  std::string converted;
  converter_->Finish(converted);
  stream_.Append(converted, [&](std::uint64_t id) { scope.SetRequest(id); });
  stream_.Finish([&](std::uint64_t id) { scope.SetRequest(id); });
}

}  // namespace sluice::driver
