#include "odbc_driver/info/charset.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace sluice::driver::info {
namespace {

struct Name {
  std::string_view name;  // small letters and digits alone
  Charset charset;
};
constexpr Name kNames[] = {
    {"utf8", Charset::kUtf8},           {"utf8mb3", Charset::kUtf8},
    {"utf8mb4", Charset::kUtf8},        {"unicode", Charset::kUtf8},
    {"latin1", Charset::kWindows1252},  {"windows1252", Charset::kWindows1252},
    {"win1252", Charset::kWindows1252}, {"cp1252", Charset::kWindows1252},
    {"iso88591", Charset::kIso88591},   {"latin9", Charset::kIso885915},
    {"iso885915", Charset::kIso885915}};

// Octets that do not stand for the code point of their own number.
struct Exception {
  std::uint8_t octet;
  char16_t code_point;
};
// Unicode's MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT; the five octets that it leaves out stand
// for themselves, as on MySQL.
constexpr Exception kOfWindows1252[] = {
    {0x80, 0x20AC}, {0x82, 0x201A}, {0x83, 0x0192}, {0x84, 0x201E}, {0x85, 0x2026}, {0x86, 0x2020},
    {0x87, 0x2021}, {0x88, 0x02C6}, {0x89, 0x2030}, {0x8A, 0x0160}, {0x8B, 0x2039}, {0x8C, 0x0152},
    {0x8E, 0x017D}, {0x91, 0x2018}, {0x92, 0x2019}, {0x93, 0x201C}, {0x94, 0x201D}, {0x95, 0x2022},
    {0x96, 0x2013}, {0x97, 0x2014}, {0x98, 0x02DC}, {0x99, 0x2122}, {0x9A, 0x0161}, {0x9B, 0x203A},
    {0x9C, 0x0153}, {0x9E, 0x017E}, {0x9F, 0x0178}};
// Unicode's MAPPINGS/ISO8859/8859-15.TXT.
constexpr Exception kOfIso885915[] = {{0xA4, 0x20AC}, {0xA6, 0x0160}, {0xA8, 0x0161},
                                      {0xB4, 0x017D}, {0xB8, 0x017E}, {0xBC, 0x0152},
                                      {0xBD, 0x0153}, {0xBE, 0x0178}};

using CodePoints = std::array<char16_t, 256>;

template <std::size_t count>
constexpr CodePoints With(const Exception (&exceptions)[count]) {
  CodePoints points{};
  for (std::size_t octet = 0; octet < points.size(); ++octet) {
    points[octet] = static_cast<char16_t>(octet);
  }
  for (const Exception& exception : exceptions) points[exception.octet] = exception.code_point;
  return points;
}
constexpr Exception kNone[] = {{0, 0}};
constexpr CodePoints kIso88591Points = With(kNone);
constexpr CodePoints kIso885915Points = With(kOfIso885915);
constexpr CodePoints kWindows1252Points = With(kOfWindows1252);

const CodePoints& PointsOf(Charset charset) {
  if (charset == Charset::kWindows1252) return kWindows1252Points;
  return charset == Charset::kIso885915 ? kIso885915Points : kIso88591Points;
}

// All of the sets are in the first plane, hence three octets at most.
void AppendUtf8(char16_t point, std::string& out) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

std::string KeyOf(std::string_view name) {
  std::string key;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') key += static_cast<char>(c | 0x20);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) key += c;
  }
  return key;
}

// The number of octets in UTF-8 of the character that begins with this one.
std::size_t OctetsOf(unsigned char lead) {
  if (lead < 0xC0) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

thread_local Charset call_charset = Charset::kUtf8;

}  // namespace

std::optional<Charset> FindCharset(std::string_view name) {
  const auto* found = std::ranges::find(kNames, KeyOf(name), &Name::name);
  return found == std::end(kNames) ? std::nullopt : std::optional(found->charset);
}

std::optional<Charset> CharsetSetBy(std::string_view sql) {
  constexpr std::size_t kLongest = 100;  // most texts are longer, and not looked at
  if (sql.size() > kLongest) return std::nullopt;
  std::vector<std::string> words(1);
  for (const char c : sql) {
    const bool separates = std::string_view(" \t\r\n='\";").find(c) != std::string_view::npos;
    if (!separates) {
      words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    } else if (!words.back().empty()) {
      if (words.front() != "set") return std::nullopt;
      words.emplace_back();
    }
  }
  std::erase_if(words, [](const std::string& word) {
    return word.empty() || word == "to" || word == "session";
  });
  const bool sets = words.size() == 3 && words[0] == "set" &&
                    (words[1] == "client_encoding" || words[1] == "names");
  return sets ? FindCharset(words[2]) : std::nullopt;
}

std::string ToUtf8(std::string_view octets, Charset charset) {
  const CodePoints& points = PointsOf(charset);
  std::string out;
  out.reserve(octets.size());
  for (const char octet : octets) AppendUtf8(points[static_cast<unsigned char>(octet)], out);
  return out;
}

bool FromUtf8(std::string_view utf8, Charset charset, std::string& out) {
  const CodePoints& points = PointsOf(charset);
  bool is_whole = true;
  out.reserve(out.size() + utf8.size());
  while (!utf8.empty()) {
    const auto lead = static_cast<unsigned char>(utf8.front());
    const std::size_t octets = std::min(OctetsOf(lead), utf8.size());
    char32_t point = octets == 1 ? lead : lead & (0xFFU >> (octets + 1));
    for (std::size_t i = 1; i < octets; ++i) {
      point = point << 6 | (static_cast<unsigned char>(utf8[i]) & 0x3FU);
    }
    utf8.remove_prefix(octets);
    const auto found = point < 0x80 ? points.begin() + static_cast<std::ptrdiff_t>(point)
                                    : std::ranges::find(points, point);
    is_whole = is_whole && found != points.end();
    out += found == points.end() ? '?' : static_cast<char>(found - points.begin());
  }
  return is_whole;
}

Charset CallCharset() { return call_charset; }

CharsetScope::CharsetScope(Charset charset) : before_(call_charset) { call_charset = charset; }
CharsetScope::~CharsetScope() { call_charset = before_; }

}  // namespace sluice::driver::info
