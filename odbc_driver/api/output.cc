#include "odbc_driver/api/output.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>

#include "odbc_driver/convert/unicode.h"
#include "odbc_driver/info/charset.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::api {
namespace {

template <typename Length>
void StoreLength(Length* pointer, std::size_t length) {
  if (pointer == nullptr) return;
  *pointer = static_cast<Length>(
      std::min(length, static_cast<std::size_t>(std::numeric_limits<Length>::max())));
}

void StoreLengths(const TextTarget& target, std::size_t length) {
  StoreLength(target.length16, length);
  StoreLength(target.length32, length);
}

bool WriteWide(std::string_view utf8, const TextTarget& target) {
  const bool in_bytes = target.unit == LengthUnit::kBytes;
  const std::size_t units = convert::Utf16Length(utf8);
  StoreLengths(target, in_bytes ? units * sizeof(SQLWCHAR) : units);
  if (target.buffer == nullptr) return false;
  const auto capacity =
      static_cast<std::size_t>(target.capacity) / (in_bytes ? sizeof(SQLWCHAR) : 1);
  if (capacity == 0) return true;
  auto* const out = static_cast<char*>(target.buffer);
  const auto written = convert::WriteUtf16(utf8, out, capacity - 1);
  std::memset(out + written.units_written * sizeof(SQLWCHAR), 0, sizeof(SQLWCHAR));
  return written.units_written < units;
}

// In another character set than UTF-8 a character is an octet.
bool WriteOctets(std::string_view utf8, const TextTarget& target, info::Charset charset) {
  std::string octets;
  info::FromUtf8(utf8, charset, octets);
  StoreLengths(target, octets.size());
  if (target.buffer == nullptr) return false;
  const auto capacity = static_cast<std::size_t>(target.capacity);
  if (capacity == 0) return true;
  const std::size_t written = std::min(octets.size(), capacity - 1);
  auto* const out = static_cast<char*>(target.buffer);
  std::memcpy(out, octets.data(), written);
  out[written] = '\0';
  return written < octets.size();
}

bool WriteNarrow(std::string_view utf8, const TextTarget& target) {
  const info::Charset charset = info::CallCharset();
  if (charset != info::Charset::kUtf8) return WriteOctets(utf8, target, charset);
  StoreLengths(target, utf8.size());
  if (target.buffer == nullptr) return false;
  const auto capacity = static_cast<std::size_t>(target.capacity);
  if (capacity == 0) return true;
  auto* const out = static_cast<char*>(target.buffer);
  const std::size_t written = convert::Utf8Prefix(utf8, capacity - 1);
  std::memcpy(out, utf8.data(), written);
  out[written] = '\0';
  return written < utf8.size();
}

}  // namespace

bool WriteText(std::string_view utf8, const TextTarget& target) {
  if (target.capacity < 0) throw DriverError(kHY090InvalidLength);
  return target.wide ? WriteWide(utf8, target) : WriteNarrow(utf8, target);
}

void WriteText(Handle& handle, std::string_view utf8, const TextTarget& target) {
  if (WriteText(utf8, target)) {
    handle.diagnostics().Warn(handle.diagnostic_context(), k01004DataTruncated);
  }
}

void WriteValue(Handle& handle, const FieldValue& value, const TextTarget& target) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return WriteText(handle, *text, target);
  }
  std::visit(
      [&](const auto& number) {
        using Number = std::decay_t<decltype(number)>;
        if constexpr (!std::is_same_v<Number, std::string>) {
          StoreLengths(target, sizeof number);
          if (target.buffer != nullptr) std::memcpy(target.buffer, &number, sizeof number);
        }
      },
      value);
}

}  // namespace sluice::driver::api
