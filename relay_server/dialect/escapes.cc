#include "relay_server/dialect/escapes.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/question_mark.h"

namespace sluice::relay::dialect {
namespace {

// Deeper nesting is refused: each level costs stack and a pass over its text.
constexpr int kMaxDepth = 100;
// How much text the functions of one statement may become. Some repeat their arguments, so that the
// text of nested ones doubles with each level.
constexpr std::size_t kMostExpanded = std::size_t{1} << 20;
constexpr std::size_t kMostGrowth = 8;  // where that is more: times the statement's own text

bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 128;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\f\v";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// Token indexes [begin, end).
struct Range {
  std::size_t begin;
  std::size_t end;
  bool empty() const { return begin >= end; }
};

class Rewriter {
 public:
  Rewriter(std::span<const Token> tokens, const SqlRules& rules, const RewriteOptions& options)
      : tokens_(tokens), rules_(rules), options_(options) {}

  RewrittenStatement Run() {
    Translate({0, tokens_.size()});
    return {.sql = std::move(out_),
            .parameter_count = std::max(markers_, highest_parameter_),
            .marker_count = std::max(marker_count_, highest_parameter_),
            .returns_value = returns_value_,
            .dropped_markers = std::move(dropped_),
            .may_be_procedure = may_be_procedure_};
  }

 private:
  using Handler = void (Rewriter::*)(std::size_t keyword, Range body);
  struct Escape {
    std::string_view keyword;
    Handler handler;
  };
  static std::span<const Escape> Escapes();

  void Translate(Range range) {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const Token& token = tokens_[i];
      if (token.IsSymbol('?')) {
        i += TranslateQuestionMark(i);
      } else if (token.IsSymbol('{') && options_.escape_scan) {
        i = TranslateBrace(i, range.end);
      } else if (rules_.numbered_markers && IsIdentity(tokens_, i)) {
        AppendSeparated("lastval()");
        i += kIdentityTokens - 1;
      } else {
        if (token.kind == TokenKind::kParameter) NoteParameter(token.text);
        Append(token.text);
      }
    }
  }

  // Returns how many tokens beyond the first were used.
  std::size_t TranslateQuestionMark(std::size_t index) {
    if (!rules_.numbered_markers) {
      ++markers_;
      ++marker_count_;
      Append("?");
      return 0;
    }
    switch (ReadQuestionMark(tokens_, index)) {
      case QuestionMark::kEscaped:
        Append("?");
        return 1;
      case QuestionMark::kOperator:
        Append("?");
        return 0;
      case QuestionMark::kMarker:
        ++marker_count_;
        AppendSeparated("$" + std::to_string(++markers_));
        return 0;
    }
    return 0;
  }

  // Returns the index of the last token that was used.
  std::size_t TranslateBrace(std::size_t open, std::size_t end) {
    const std::size_t keyword = SkipBlanks(open + 1, end);
    const bool returns_value = IsReturnValue(keyword, end);
    if (!returns_value && (keyword >= end || tokens_[keyword].kind != TokenKind::kWord)) {
      Append("{");
      return open;
    }
    const std::size_t close = FindClose(open, end);
    if (++depth_ > kMaxDepth) Fail("Escape sequences are nested too deeply", open);
    if (returns_value) {
      TranslateFunctionCall(keyword, close);
    } else {
      Dispatch(open, keyword, {keyword + 1, close});
    }
    --depth_;
    return close;
  }

  void Dispatch(std::size_t open, std::size_t keyword, Range body) {
    for (const Escape& escape : Escapes()) {
      if (tokens_[keyword].IsWord(escape.keyword)) {
        (this->*escape.handler)(keyword, body);
        return;
      }
    }
    Fail("Unknown escape sequence {" + std::string(tokens_[keyword].text) + " …}", open);
  }

  // {?= …
  bool IsReturnValue(std::size_t index, std::size_t end) const {
    if (index >= end || !tokens_[index].IsSymbol('?')) return false;
    const std::size_t equals = SkipBlanks(index + 1, end);
    return equals < end && tokens_[equals].IsSymbol('=');
  }

  // {?=call f(…)}: the marker takes the function's result and has no place in the text.
  void TranslateFunctionCall(std::size_t question_mark, std::size_t close) {
    const std::size_t equals = SkipBlanks(question_mark + 1, close);
    const std::size_t call = SkipBlanks(equals + 1, close);
    if (call >= close || !tokens_[call].IsWord("CALL")) Fail("{?= without call", question_mark);
    returns_value_ = true;
    ++marker_count_;
    AppendSeparated(rules_.function_call);
    TranslateRoutine({call + 1, close});
  }

  void TranslateCall(std::size_t, Range body) {
    may_be_procedure_ = !rules_.procedure_call.empty() && !options_.procedure_form;
    AppendSeparated(options_.procedure_form ? rules_.procedure_call : rules_.call);
    TranslateRoutine(body);
  }

  // name, schema.name, each with or without parentheses.
  void TranslateRoutine(Range body) {
    const bool drops = !rules_.procedure_call.empty() && !options_.procedure_form;
    const std::string routine = drops ? RoutineWithoutOutputs(body) : Capture(body);
    const std::string_view trimmed = Trim(routine);
    Append(trimmed);
    if (trimmed.find('(') == std::string_view::npos) Append("()");
    separate_next_ = true;
  }

  // f(a, ?, c) without the arguments that are markers bound for output alone.
  std::string RoutineWithoutOutputs(Range body) {
    std::size_t open = body.begin;
    while (open < body.end && !tokens_[open].IsSymbol('(')) ++open;
    const std::size_t close = open < body.end ? FindParenthesis(open, body.end) : body.end;
    if (close == body.end) return Capture(body);
    std::string text = Capture({body.begin, open + 1});
    bool first = true;
    for (const Range& argument : SplitArguments({open + 1, close})) {
      if (DropsMarker(argument)) continue;
      if (!std::exchange(first, false)) text += ",";
      text += Capture(argument);
    }
    return text + Capture({close, body.end});
  }

  bool DropsMarker(Range argument) {
    const std::size_t marker = SkipBlanks(argument.begin, argument.end);
    if (marker >= argument.end || !tokens_[marker].IsSymbol('?')) return false;
    if (SkipBlanks(marker + 1, argument.end) != argument.end) return false;
    const auto number = options_.first_marker + static_cast<std::size_t>(marker_count_);
    if (number >= options_.output_only.size() || !options_.output_only[number]) return false;
    dropped_.push_back(marker_count_++);
    return true;
  }

  void TranslateFunction(std::size_t, Range body) {
    const std::size_t name = SkipBlanks(body.begin, body.end);
    const std::size_t open = name < body.end ? SkipBlanks(name + 1, body.end) : body.end;
    if (name >= body.end || tokens_[name].kind != TokenKind::kWord) {
      Fail("{fn without a function", name < tokens_.size() ? name : tokens_.size() - 1);
    }
    if (open == body.end) {
      AppendSeparated(Expand(name, {}, ""));
      return;
    }
    const std::size_t close = FindParenthesis(open, body.end);
    if (close == body.end || SkipBlanks(close + 1, body.end) != body.end) {
      AppendSeparated(std::string(Trim(Capture(body))));  // schema.f(…), f(…) + 1: native SQL
      return;
    }
    const auto [arguments, whole] = TranslateArguments({open + 1, close});
    AppendSeparated(Expand(name, arguments, whole));
  }

  std::string Expand(std::size_t name, std::span<const ScalarArgument> arguments,
                     std::string_view whole) {
    std::string native = ExpandScalarFunction(rules_.functions, tokens_[name].text, arguments,
                                              whole, !rules_.numbered_markers);
    expanded_ += native.size();
    const std::size_t text = tokens_.back().offset + tokens_.back().text.size() - tokens_[0].offset;
    if (expanded_ > std::max(kMostExpanded, kMostGrowth * text)) {
      Fail("The functions make too long a statement", name);
    }
    return native;
  }

  // At the commas outside of brackets. No argument at all is one empty one.
  std::vector<Range> SplitArguments(Range range) const {
    std::vector<Range> arguments;
    std::size_t begin = range.begin;
    int depth = 0;
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const Token& token = tokens_[i];
      if (token.IsSymbol('(') || token.IsSymbol('[') || token.IsSymbol('{')) ++depth;
      if (token.IsSymbol(')') || token.IsSymbol(']') || token.IsSymbol('}')) --depth;
      if (depth != 0 || !token.IsSymbol(',')) continue;
      arguments.push_back({begin, i});
      begin = i + 1;
    }
    arguments.push_back({begin, range.end});
    return arguments;
  }

  std::pair<std::vector<ScalarArgument>, std::string> TranslateArguments(Range range) {
    std::vector<ScalarArgument> arguments;
    std::string whole;
    for (const Range& argument : SplitArguments(range)) {
      const int markers_before = markers_;
      const std::string text = Capture(argument);
      whole += (argument.begin == range.begin ? "" : ",") + text;
      arguments.push_back({std::string(Trim(text)), markers_ != markers_before});
    }
    if (arguments.size() == 1 && arguments[0].text.empty()) arguments.clear();
    return {std::move(arguments), std::move(whole)};
  }

  void TranslateLiteral(std::size_t keyword, Range body) {
    const auto row = std::find_if(
        rules_.literals.begin(), rules_.literals.end(),
        [&](const LiteralEscape& literal) { return tokens_[keyword].IsWord(literal.keyword); });
    const std::size_t value = SkipBlanks(body.begin, body.end);
    const bool is_literal = value < body.end && tokens_[value].kind == TokenKind::kString &&
                            SkipBlanks(value + 1, body.end) == body.end;
    const std::string text = Capture(body);
    AppendSeparated(is_literal ? std::string(row->literal_prefix) + std::string(Trim(text))
                               : "CAST(" + std::string(Trim(text)) + " AS " +
                                     std::string(row->cast_type) + ")");
  }

  // {INTERVAL [+|-] 'value' qualifier}; the databases have no leading precision, DAY(3).
  void TranslateInterval(std::size_t keyword, Range body) {
    std::size_t i = SkipBlanks(body.begin, body.end);
    bool negative = false;
    for (; i < body.end && (tokens_[i].IsSymbol('-') || tokens_[i].IsSymbol('+')); ++i) {
      negative = negative != tokens_[i].IsSymbol('-');
    }
    i = SkipBlanks(i, body.end);
    if (i >= body.end || tokens_[i].kind != TokenKind::kString) {
      Fail("{INTERVAL without a literal", keyword);
    }
    const std::string value(tokens_[i].text);
    const std::string qualifier = IntervalQualifier({i + 1, body.end});
    if (rules_.underscored_intervals) {
      // In front of the literal the sign would make a plain number of '1 2'.
      const std::string sign = negative ? "-" : "";
      AppendSeparated("INTERVAL " + value.substr(0, 1) + sign + value.substr(1) + " " + qualifier);
    } else {
      const std::string interval = "INTERVAL " + value + " " + qualifier;
      AppendSeparated(negative ? "(- " + interval + ")" : interval);
    }
  }

  // The fields without their precisions, but for the fraction's: SECOND(leading, fraction), and
  // SECOND(fraction) after TO.
  std::string IntervalQualifier(Range range) const {
    std::string qualifier;
    std::string numbers;
    bool after_to = false;
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const Token& token = tokens_[i];
      if (token.kind == TokenKind::kNumber || token.IsSymbol(',')) numbers += token.text;
      if (token.kind != TokenKind::kWord) continue;
      const bool is_to = token.IsWord("TO");
      after_to = after_to || is_to;
      numbers.clear();
      if (!qualifier.empty() && !(rules_.underscored_intervals && is_to)) {
        qualifier += rules_.underscored_intervals ? "_" : " ";
      }
      if (!(rules_.underscored_intervals && is_to)) qualifier += token.text;
    }
    const std::size_t comma = numbers.find(',');
    const std::string fraction = comma != std::string::npos ? numbers.substr(comma + 1)
                                 : after_to                 ? numbers
                                                            : std::string();
    const bool has_seconds =
        qualifier.size() >= 6 && EqualsIgnoreCase(qualifier.substr(qualifier.size() - 6), "SECOND");
    if (has_seconds && !fraction.empty() && !rules_.underscored_intervals) {
      qualifier += "(" + fraction + ")";
    }
    return qualifier;
  }

  // {escape '\'}: where strings read backslashes the character must be doubled.
  void TranslateEscapeCharacter(std::size_t, Range body) {
    const std::string text = Capture(body);
    const bool doubled = rules_.lexical.backslash_in_strings && Trim(text) == "'\\'";
    AppendSeparated("ESCAPE " + (doubled ? std::string("'\\\\'") : std::string(Trim(text))));
  }

  void TranslateOuterJoin(std::size_t, Range body) {
    AppendSeparated(std::string(Trim(Capture(body))));
  }

  // Translates a part into a text of its own.
  std::string Capture(Range range) {
    std::string outer;
    std::swap(outer, out_);
    separate_next_ = false;
    Translate(range);
    std::swap(outer, out_);
    separate_next_ = false;
    return outer;
  }

  std::size_t SkipBlanks(std::size_t index, std::size_t end) const {
    while (index < end && tokens_[index].IsBlank()) ++index;
    return index;
  }

  std::size_t FindClose(std::size_t open, std::size_t end) const {
    int depth = 0;
    for (std::size_t i = open; i < end; ++i) {
      if (tokens_[i].IsSymbol('{')) ++depth;
      if (tokens_[i].IsSymbol('}') && --depth == 0) return i;
    }
    Fail("The escape sequence is not closed", open);
  }

  // The closing partner of the parenthesis at `open`, or `end`.
  std::size_t FindParenthesis(std::size_t open, std::size_t end) const {
    int depth = 0;
    for (std::size_t i = open; i < end; ++i) {
      if (tokens_[i].IsSymbol('(')) ++depth;
      if (tokens_[i].IsSymbol(')')) --depth;
      if (depth == 0) return tokens_[i].IsSymbol(')') ? i : end;
    }
    return end;
  }

  void NoteParameter(std::string_view text) {
    int number = 0;
    std::from_chars(text.data() + 1, text.data() + text.size(), number);
    highest_parameter_ = std::max(highest_parameter_, number);
  }

  void Append(std::string_view text) {
    if (separate_next_) Separate(text);
    separate_next_ = false;
    out_ += text;
  }

  // Appends what replaces other characters and must not run together with its neighbours.
  void AppendSeparated(std::string_view text) {
    Separate(text);
    out_ += text;
    separate_next_ = true;
  }

  void Separate(std::string_view text) {
    if (out_.empty() || text.empty()) return;
    if (IsWordByte(out_.back()) && IsWordByte(text.front())) out_ += ' ';
  }

  [[noreturn]] void Fail(const std::string& what, std::size_t index) const {
    throw TranslationError(
        "42000", what + " (at character " + std::to_string(tokens_[index].offset + 1) + ")");
  }

  const std::span<const Token> tokens_;
  const SqlRules& rules_;
  const RewriteOptions& options_;
  std::string out_;
  bool separate_next_ = false;  // what was appended last must not run into the next word
  int markers_ = 0;             // in out_
  int marker_count_ = 0;        // in the tokens
  int highest_parameter_ = 0;
  bool returns_value_ = false;
  bool may_be_procedure_ = false;
  std::vector<int> dropped_;
  int depth_ = 0;
  std::size_t expanded_ = 0;  // octets of all functions in native SQL
};

std::span<const Rewriter::Escape> Rewriter::Escapes() {
  static constexpr Escape kEscapes[] = {
      {"FN", &Rewriter::TranslateFunction},
      {"D", &Rewriter::TranslateLiteral},
      {"T", &Rewriter::TranslateLiteral},
      {"TS", &Rewriter::TranslateLiteral},
      {"GUID", &Rewriter::TranslateLiteral},
      {"INTERVAL", &Rewriter::TranslateInterval},
      {"ESCAPE", &Rewriter::TranslateEscapeCharacter},
      {"OJ", &Rewriter::TranslateOuterJoin},
      {"CALL", &Rewriter::TranslateCall},
  };
  return kEscapes;
}

}  // namespace

RewrittenStatement Rewrite(std::span<const Token> tokens, const SqlRules& rules,
                           const RewriteOptions& options) {
  return Rewriter(tokens, rules, options).Run();
}

}  // namespace sluice::relay::dialect
