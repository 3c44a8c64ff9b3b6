#include "relay_server/session/readable_text.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sluice::relay::session {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool IsAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
}

// What the first octet of a character says (RFC 3629): how many there are, and the range of the
// second one, which excludes overlong forms, surrogates, and what is beyond U+10FFFF.
struct Lead {
  unsigned char first;
  unsigned char last;
  std::size_t length;
  unsigned char second_min;
  unsigned char second_max;
};
constexpr Lead kLeads[] = {
    {0x00, 0x7f, 1, 0x80, 0xbf}, {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f}};

// Octets of the character that the text begins with; 0: it begins with none.
std::size_t CharacterLength(std::string_view text) {
  const auto octet = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (const Lead& lead : kLeads) {
    if (octet(0) < lead.first || octet(0) > lead.last) continue;
    if (text.size() < lead.length) return 0;
    for (std::size_t i = 1; i < lead.length; ++i) {
      const bool second = i == 1;
      if (octet(i) < (second ? lead.second_min : 0x80)) return 0;
      if (octet(i) > (second ? lead.second_max : 0xbf)) return 0;
    }
    return lead.length;
  }
  return 0;
}

struct TextField {
  const std::string& (v1::Column::*get)() const;
  std::string* (v1::Column::*change)();
};
constexpr TextField kColumnTexts[] = {{&v1::Column::name, &v1::Column::mutable_name},
                                      {&v1::Column::type_name, &v1::Column::mutable_type_name},
                                      {&v1::Column::catalog, &v1::Column::mutable_catalog},
                                      {&v1::Column::schema, &v1::Column::mutable_schema},
                                      {&v1::Column::table, &v1::Column::mutable_table},
                                      {&v1::Column::base_column, &v1::Column::mutable_base_column},
                                      {&v1::Column::table_label, &v1::Column::mutable_table_label}};

void RepairColumn(v1::Column& column) {
  for (const auto& [get, change] : kColumnTexts) {
    // To change a field that is not set would take memory.
    if (!IsAscii((column.*get)())) MakeUtf8(*(column.*change)());
  }
}

}  // namespace

void MakeUtf8(std::string& text) {
  if (IsAscii(text)) return;
  std::string readable;
  for (std::string_view left = text; !left.empty();) {
    const std::size_t length = CharacterLength(left);
    readable += length == 0 ? kReplacement : left.substr(0, length);
    left.remove_prefix(std::max<std::size_t>(length, 1));
  }
  text = std::move(readable);
}

void MakeUtf8(v1::Response& response) {
  for (auto& diagnostic : *response.mutable_diagnostics()) {
    MakeUtf8(*diagnostic.mutable_message());
  }
  if (response.has_pinned_by()) MakeUtf8(*response.mutable_pinned_by());
  if (response.has_result()) {
    for (auto& column : *response.mutable_result()->mutable_columns()) RepairColumn(column);
  }
  if (response.has_description()) {
    for (auto& column : *response.mutable_description()->mutable_columns()) RepairColumn(column);
  }
}

}  // namespace sluice::relay::session
