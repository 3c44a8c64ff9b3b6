#include "relay_server/session/value_spool.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "proto/values/column_batch.h"
#include "relay_server/session/session_error.h"
#include "tests/unit/inherited_descriptors.h"

namespace sluice::relay::session {
namespace {

template <typename Call>
std::string StateOf(const Call& call) {
  try {
    call();
  } catch (const SessionError& error) {
    return error.sqlstate();
  } catch (const values::MalformedBatch&) {
    return "malformed";
  }
  return {};
}

// One column of text: "first", NULL, "third"; the NULLs of `rows` stand for values.
v1::ParameterSet ThreeRows(std::initializer_list<std::pair<std::uint32_t, std::uint32_t>> sent) {
  v1::ParameterSet set;
  set.set_row_count(3);
  auto& column = *set.add_columns();
  column.set_value_type(v1::VALUE_TYPE_TEXT);
  values::ColumnBuilder builder(v1::VALUE_TYPE_TEXT);
  builder.AppendVariable("first");
  builder.AppendNull();
  builder.AppendVariable("third");
  builder.Finish(*column.mutable_data());
  for (const auto& [row, id] : sent) {
    column.add_sent_values()->set_row(row);
    column.mutable_sent_values(column.sent_values_size() - 1)->set_value_id(id);
  }
  return set;
}

std::vector<std::string> TextsOf(const v1::ParameterSet& set) {
  const values::ParameterSetView view(set);
  std::vector<std::string> texts;
  for (std::uint32_t row = 0; row < set.row_count(); ++row) {
    const auto& column = view.column(0);
    texts.emplace_back(column.IsNull(row) ? "NULL" : std::string(column.Variable(row)));
  }
  return texts;
}

TEST(ValueSpoolTest, ValuesTakeTheirPlaces) {
  ValueSpool spool(1000);
  spool.Append(7, "sec");
  spool.Append(8, "other");
  spool.Append(7, "ond");
  auto set = ThreeRows({{1, 7}});
  spool.Fill(set);
  EXPECT_EQ(TextsOf(set), (std::vector<std::string>{"first", "second", "third"}));
}

TEST(ValueSpoolTest, AValueIsNamedOnce) {
  ValueSpool spool(1000);
  spool.Append(7, "second");
  auto set = ThreeRows({{1, 7}, {2, 7}});
  EXPECT_EQ(StateOf([&] { spool.Check(set); }), "malformed");
  EXPECT_EQ(StateOf([&] { spool.Fill(set); }), "malformed");
}

TEST(ValueSpoolTest, ItsFileIsNotInherited) {
  const auto before = tests::InheritedDescriptors();
  ValueSpool spool(1000);
  spool.Append(7, "octets");
  EXPECT_EQ(tests::InheritedDescriptors(), before);
}

TEST(ValueSpoolTest, AnEmptyValueIsNotNull) {
  ValueSpool spool(1000);
  spool.Append(7, "");
  auto set = ThreeRows({{1, 7}});
  spool.Fill(set);
  EXPECT_EQ(TextsOf(set), (std::vector<std::string>{"first", "", "third"}));
}

TEST(ValueSpoolTest, LongValuesOfManyPartsComeBackWhole) {
  ValueSpool spool(std::uint64_t{64} << 20);
  std::string whole;
  for (int part = 0; part < 100; ++part) {
    const std::string octets(50'000, static_cast<char>('a' + part % 26));
    spool.Append(1, octets);
    if (part % 10 == 0) spool.Append(2, "between");
    whole += octets;
  }
  auto set = ThreeRows({{1, 1}});
  spool.Fill(set);
  EXPECT_TRUE(TextsOf(set)[1] == whole);
  ASSERT_EQ(spool.SizeOf(1), whole.size());
  std::string read(whole.size(), '\0');
  for (std::size_t at = 0; at < read.size(); at += 70'001) {  // beyond the ends of parts
    spool.Read(1, at, read.data() + at, std::min<std::size_t>(70'001, read.size() - at));
  }
  EXPECT_TRUE(read == whole);
}

TEST(ValueSpoolTest, ValuesThatStayWhereTheyAreAreChecked) {
  ValueSpool spool(8);
  spool.Append(1, "12345678");
  EXPECT_EQ(StateOf([&] { spool.Check(ThreeRows({{1, 1}})); }), "");
  EXPECT_EQ(StateOf([&] { spool.Check(ThreeRows({{1, 2}})); }), "HY000");
  EXPECT_EQ(StateOf([&] { spool.Check(ThreeRows({{3, 1}})); }), "malformed");
  EXPECT_EQ(StateOf([&] { spool.Append(1, "9"); }), "53100");
  EXPECT_EQ(StateOf([&] { spool.Check(ThreeRows({{1, 1}})); }), "53100");
}

TEST(ValueSpoolTest, BeyondTheLimitTheValueIsLost) {
  ValueSpool spool(10);
  spool.Append(1, "12345678");
  EXPECT_EQ(StateOf([&] { spool.Append(1, "9ab"); }), "53100");
  EXPECT_EQ(StateOf([&] { spool.Append(1, "c"); }), "53100") << "not a value with a hole";
  auto set = ThreeRows({{1, 1}});
  EXPECT_EQ(StateOf([&] { spool.Fill(set); }), "53100");
}

TEST(ValueSpoolTest, SpaceIsUsedAgainWhenNoValueIsLeft) {
  ValueSpool spool(10);
  for (std::uint32_t id = 1; id < 5; ++id) {
    spool.Append(id, "12345678");
    EXPECT_FALSE(spool.empty());
    spool.Erase(id);
    EXPECT_TRUE(spool.empty());
  }
}

TEST(ValueSpoolTest, WhatDoesNotFitIsRefused) {
  ValueSpool spool(1000);
  spool.Append(1, "x");
  auto unknown = ThreeRows({{1, 2}});
  EXPECT_EQ(StateOf([&] { spool.Fill(unknown); }), "HY000");
  auto beyond = ThreeRows({{3, 1}});
  EXPECT_EQ(StateOf([&] { spool.Fill(beyond); }), "malformed");
  auto fixed = ThreeRows({{1, 1}});
  fixed.mutable_columns(0)->set_value_type(v1::VALUE_TYPE_INT32);
  EXPECT_EQ(StateOf([&] { spool.Fill(fixed); }), "malformed");
  auto damaged = ThreeRows({{1, 1}});
  damaged.mutable_columns(0)->mutable_data()->mutable_offsets()->at(11) = '\x7F';
  EXPECT_EQ(StateOf([&] { spool.Fill(damaged); }), "malformed");
}

// It would be 32 GB.
TEST(ValueSpoolTest, ARowCountAloneCostsNoMemory) {
  ValueSpool spool(1000);
  spool.Append(1, "value");
  auto set = ThreeRows({{0, 1}});
  set.set_row_count(0xffff'ffff);
  EXPECT_EQ(StateOf([&] { spool.Fill(set); }), "malformed");
}

}  // namespace
}  // namespace sluice::relay::session
