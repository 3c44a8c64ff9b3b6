#include "relay_server/backend/postgres/sql_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <string>

namespace sluice::relay::backend::postgres {
namespace {

// The text behind leading white space, comments (block comments nest) and empty statements.
std::string_view SkipToFirstToken(std::string_view sql) {
  std::size_t i = 0;
  while (i < sql.size()) {
    if (std::isspace(static_cast<unsigned char>(sql[i])) != 0 || sql[i] == ';') {
      ++i;
    } else if (sql.substr(i, 2) == "--") {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (sql.substr(i, 2) == "/*") {
      int depth = 0;
      do {
        if (sql.substr(i, 2) == "/*") {
          ++depth;
          i += 2;
        } else if (sql.substr(i, 2) == "*/") {
          --depth;
          i += 2;
        } else {
          ++i;
        }
      } while (depth > 0 && i < sql.size());
    } else {
      break;
    }
  }
  return sql.substr(std::min(i, sql.size()));
}

// Takes the first word, in upper case, off the text.
std::string TakeWord(std::string_view& sql) {
  sql = SkipToFirstToken(sql);
  std::string word;
  while (!sql.empty() && std::isalpha(static_cast<unsigned char>(sql.front())) != 0) {
    word.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(sql.front()))));
    sql.remove_prefix(1);
  }
  return word;
}

// Whether one of the words stands in the text outside of quotes.
bool HasWord(std::string_view sql, std::initializer_list<std::string_view> upper_words) {
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i <= sql.size(); ++i) {
    const char c = i < sql.size() ? sql[i] : ' ';
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
      continue;
    } else if (c == '\'' || c == '"') {
      quote = c;
    }
    if (std::find(upper_words.begin(), upper_words.end(), word) != upper_words.end()) return true;
    word.clear();
  }
  return false;
}

}  // namespace

bool IsTransactionControl(std::string_view sql) {
  constexpr std::array<std::string_view, 9> kKeywords = {
      "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE"};
  const std::string word = TakeWord(sql);
  if (word == "SET") return TakeWord(sql) == "TRANSACTION";  // refused in a subtransaction
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

bool IsClientCopy(std::string_view sql) {
  return TakeWord(sql) == "COPY" && HasWord(sql, {"STDIN", "STDOUT"});
}

bool ChangesSchema(std::string_view sql) {
  const std::string word = TakeWord(sql);
  return word == "ALTER" || word == "DROP" || (word == "CREATE" && TakeWord(sql) == "OR");
}

bool CreatesTemporary(std::string_view sql) {
  if (TakeWord(sql) != "CREATE") return false;
  std::string word = TakeWord(sql);
  if (word == "GLOBAL" || word == "LOCAL") word = TakeWord(sql);
  return word == "TEMP" || word == "TEMPORARY";
}

bool MayAddNulls(std::string_view sql) {
  return HasWord(
      sql, {"LEFT", "RIGHT", "FULL", "ROLLUP", "CUBE", "GROUPING", "UNION", "EXCEPT", "INTERSECT"});
}

}  // namespace sluice::relay::backend::postgres
