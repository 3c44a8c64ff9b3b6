#include "relay_server/dialect/names.h"

namespace sluice::relay::dialect {

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Unquoted(const Token& token) {
  const bool quoted =
      token.kind == TokenKind::kString || token.kind == TokenKind::kQuotedIdentifier;
  return quoted && token.text.size() >= 2 ? token.text.substr(1, token.text.size() - 2)
                                          : token.text;
}

std::string TextOf(const StatementWords& words, std::size_t begin, std::size_t end) {
  const char* first = words[begin].text.data();
  const std::string_view last = words[end - 1].text;
  return std::string(first, static_cast<std::size_t>(last.data() + last.size() - first));
}

bool IsLiteral(const Token& token) {
  switch (token.kind) {
    case TokenKind::kString:
    case TokenKind::kQuotedIdentifier:
    case TokenKind::kWord:
    case TokenKind::kNumber:
      return true;
    default:
      return token.IsSymbol('-') || token.IsSymbol('+');
  }
}

std::string DottedName(const StatementWords& words, std::size_t& index, bool fold) {
  std::string name;
  while (index < words.size()) {
    const Token& token = words[index];
    if (token.kind == TokenKind::kQuotedIdentifier) {
      name += Unquoted(token);
    } else if (token.kind == TokenKind::kWord) {
      name += fold ? LowerCase(token.text) : std::string(token.text);
    } else {
      break;
    }
    ++index;
    if (!words.IsSymbol(index, '.')) break;
    name += '.';
    ++index;
  }
  return name;
}

std::string UserVariableName(const Token& token) {
  std::string_view name = token.text.substr(1);
  const bool quoted =
      name.size() >= 2 && (name.front() == '`' || name.front() == '\'' || name.front() == '"');
  if (quoted) name = name.substr(1, name.size() - 2);
  return '@' + LowerCase(name);
}

}  // namespace sluice::relay::dialect
