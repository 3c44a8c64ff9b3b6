#include "proto/wire/frame.h"
#include "proto/wire/outgoing_message.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sluice/v1/session.pb.h"
#include "tests/unit/proto/hex.h"

namespace sluice::wire {
namespace {

using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::ThrowsMessage;

constexpr std::size_t kMiB = std::size_t{1} << 20;

// A message whose serialised form has exactly `bytes` octets: 0, or any number from 1 MiB - 5.
v1::Diagnostic MessageOf(std::size_t bytes) {
  v1::Diagnostic message;
  if (bytes == 0) return message;
  const std::size_t overhead = bytes - 4 < (1 << 21) ? 4 : 5;  // tag and length of the text
  std::string text(bytes - overhead, 'x');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i % 23);
  message.set_message(text);
  EXPECT_EQ(message.ByteSizeLong(), bytes);
  return message;
}

v1::Request PingRequest(std::uint64_t request_id) {
  v1::Request request;
  request.set_request_id(request_id);
  request.mutable_ping();
  return request;
}

std::string Frame(const google::protobuf::MessageLite& message, std::uint32_t session_id = 0) {
  std::string out;
  AppendMessage(message, {.session_id = session_id}, out);
  return out;
}

std::string Header(unsigned char magic, unsigned char flags, std::uint16_t reserved,
                   std::uint32_t length, std::uint32_t session_id = 0) {
  std::string header;
  header += static_cast<char>(magic);
  header += static_cast<char>(flags);
  header.append(reinterpret_cast<const char*>(&reserved), 2);
  header.append(reinterpret_cast<const char*>(&length), 4);
  header.append(reinterpret_cast<const char*>(&session_id), 4);
  return header;
}

std::string PayloadOf(const FrameReader::Message& message) {
  std::string payload(message.payload);
  for (const auto part : message.parts) payload += part;
  return payload;
}

struct Received {
  std::uint32_t session_id;
  std::string payload;
};

// What the pieces of the message come to, written as many octets at a time.
std::string Written(const google::protobuf::MessageLite& message, std::size_t at_once) {
  OutgoingMessage outgoing(message, {.session_id = 9});
  std::string out;
  while (!outgoing.pieces().empty()) {
    const iovec piece = outgoing.pieces().front();
    const std::size_t count = std::min(piece.iov_len, at_once);
    out.append(static_cast<const char*>(piece.iov_base), count);
    outgoing.Advance(count);
  }
  EXPECT_EQ(outgoing.left(), 0U);
  return out;
}

// Gives the stream to the reader in pieces of at most `piece` octets, like a socket would.
std::vector<Received> Feed(FrameReader& reader, std::string_view stream, std::size_t piece) {
  std::vector<Received> messages;
  while (!stream.empty()) {
    const auto space = reader.Prepare();
    const std::size_t count = std::min({piece, space.size(), stream.size()});
    EXPECT_GT(count, 0U);
    std::memcpy(space.data(), stream.data(), count);
    reader.Commit(count);
    stream.remove_prefix(count);
    while (const auto message = reader.Next()) {
      messages.push_back({message->session_id, PayloadOf(*message)});
    }
  }
  return messages;
}

TEST(AppendMessage, WritesHeaderAndPayload) {
  EXPECT_EQ(Hex(Frame(PingRequest(1), 0x01020304)),
            "53 00 00 00 05 00 00 00 04 03 02 01 "  // magic, flags, reserved, length, session
            "08 01 9a 01 00");                      // request_id = 1, ping {}
}

TEST(AppendMessage, AppendsBehindWhatIsThere) {
  std::string out = Frame(PingRequest(1));
  AppendMessage(PingRequest(2), {}, out);
  EXPECT_EQ(out, Frame(PingRequest(1)) + Frame(PingRequest(2)));
}

TEST(AppendMessage, WritesAnEmptyMessageAsAnEmptyFrame) {
  EXPECT_EQ(Hex(Frame(v1::Ping())), "53 00 00 00 00 00 00 00 00 00 00 00");
}

TEST(AppendMessage, CutsAtOneMebibyte) {
  const auto message = MessageOf(2 * kMiB + 1);
  const std::string payload = message.SerializeAsString();
  const std::string expected = Header(0x53, 1, 0, kMiB, 7) + payload.substr(0, kMiB) +
                               Header(0x53, 1, 0, kMiB, 7) + payload.substr(kMiB, kMiB) +
                               Header(0x53, 0, 0, 1, 7) + payload.substr(2 * kMiB);
  EXPECT_TRUE(Frame(message, 7) == expected);
  EXPECT_EQ(Frame(MessageOf(kMiB)).size(), kMiB + kFrameHeaderBytes);
  EXPECT_EQ(Frame(MessageOf(kMiB + 1)).size(), kMiB + 1 + 2 * kFrameHeaderBytes);
}

TEST(AppendMessage, RefusesWhatThePeerWouldRefuseAndWritesNothing) {
  std::string out = "before";
  EXPECT_THAT([&] { AppendMessage(MessageOf(kMiB), {.max_message_bytes = kMiB - 1}, out); },
              ThrowsMessage<MessageTooLong>(HasSubstr("limit of 1048575")));
  EXPECT_EQ(out, "before");
  AppendMessage(MessageOf(kMiB), {.max_message_bytes = kMiB}, out);
  EXPECT_EQ(out.size(), 6 + kFrameHeaderBytes + kMiB);
}

class Fragmenting : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Fragmenting, GivesBackTheSameMessage) {
  const auto message = MessageOf(GetParam());
  // Other messages around it show where it begins and ends.
  const std::string stream =
      Frame(PingRequest(1), 3) + Frame(message, 4) + Frame(PingRequest(2), 5);
  for (const std::size_t piece : {std::size_t{1} << 30, std::size_t{16384}, std::size_t{1460}}) {
    FrameReader reader;
    const auto received = Feed(reader, stream, piece);
    ASSERT_EQ(received.size(), 3U) << "pieces of " << piece;
    EXPECT_EQ(received[0].payload, PingRequest(1).SerializeAsString());
    EXPECT_EQ(received[1].session_id, 4U);
    EXPECT_TRUE(received[1].payload == message.SerializeAsString()) << "pieces of " << piece;
    EXPECT_EQ(received[2].session_id, 5U);
    EXPECT_EQ(received[2].payload, PingRequest(2).SerializeAsString());
    EXPECT_FALSE(reader.in_message());
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Fragmenting,
                         ::testing::Values(0, kMiB - 1, kMiB, kMiB + 1, 2 * kMiB - 1, 2 * kMiB,
                                           2 * kMiB + 1, 5 * kMiB + 12345));

TEST(OutgoingMessage, WritesTheSameOctetsInPieces) {
  for (const std::size_t bytes : {std::size_t{0}, kMiB - 5, kMiB - 1, kMiB, kMiB + 1, 2 * kMiB - 5,
                                  2 * kMiB, 3 * kMiB + 17}) {
    const auto message = MessageOf(bytes);
    for (const std::size_t at_once : {std::size_t{999'983}, 64 * kMiB}) {
      EXPECT_EQ(Written(message, at_once), Frame(message, 9)) << bytes;
    }
  }
}

TEST(OutgoingMessage, MixesShortAndLongFieldsAcrossFrames) {
  v1::ColumnBatch batch;
  batch.set_row_count(7);
  std::size_t length = 1;
  for (int i = 0; i < 60; ++i) {
    auto& column = *batch.add_columns();
    column.set_values(std::string(length, static_cast<char>('a' + i % 26)));
    column.set_offsets(std::string(3000, 'o'));
    length = length * 7 % 300'007;
  }
  EXPECT_EQ(Written(batch, 12'345), Frame(batch, 9));
}

TEST(OutgoingMessage, CopiesWhatIsLeft) {
  const auto message = MessageOf(3 * kMiB);
  OutgoingMessage outgoing(message, {.session_id = 9});
  outgoing.Advance(kMiB + 100);
  std::string rest = "before";
  outgoing.AppendTo(rest);
  EXPECT_EQ(rest, "before" + Frame(message, 9).substr(kMiB + 100));
}

TEST(FrameReader, ReadsAStreamThatArrivesOctetByOctet) {
  std::string stream;
  for (std::uint64_t id = 1; id <= 2000; ++id) stream += Frame(PingRequest(id), 9);
  FrameReader reader;
  const auto received = Feed(reader, stream, 1);
  ASSERT_EQ(received.size(), 2000U);
  for (std::uint64_t id = 1; id <= 2000; ++id) {
    EXPECT_EQ(received[id - 1].payload, PingRequest(id).SerializeAsString());
  }
}

TEST(FrameReader, ReadsManyTinyFramesFromOnePiece) {
  std::string stream;
  for (std::uint64_t id = 1; id <= 50'000; ++id) stream += Frame(PingRequest(id), 9);
  for (const std::size_t piece : {std::size_t{1} << 30, std::size_t{4099}}) {
    FrameReader reader;
    const auto received = Feed(reader, stream, piece);
    ASSERT_EQ(received.size(), 50'000U);
    EXPECT_EQ(received.back().payload, PingRequest(50'000).SerializeAsString());
  }
}

TEST(FrameReader, OffersRoomForTheRestOfTheFrame) {
  const std::string stream = Frame(MessageOf(kMiB));
  FrameReader reader;
  Feed(reader, std::string_view(stream).substr(0, kFrameHeaderBytes), 100);
  EXPECT_GE(reader.Prepare().size(), kMiB);
}

TEST(FrameReader, KnowsWhetherAMessageIsUnderWay) {
  const std::string stream = Frame(MessageOf(kMiB + 1));
  FrameReader reader;
  EXPECT_FALSE(reader.in_message());
  Feed(reader, std::string_view(stream).substr(0, 1), 1);
  EXPECT_TRUE(reader.in_message());
  // Exactly the first fragment: nothing is left in the buffer, but the message goes on.
  Feed(reader, std::string_view(stream).substr(1, kFrameHeaderBytes + kMiB - 1), kMiB);
  EXPECT_TRUE(reader.in_message());
  reader.ReleaseMemory();  // must not lose it
  EXPECT_EQ(Feed(reader, std::string_view(stream).substr(kFrameHeaderBytes + kMiB), kMiB).size(),
            1U);
  EXPECT_FALSE(reader.in_message());
  reader.ReleaseMemory();
  EXPECT_EQ(Feed(reader, Frame(PingRequest(1)), 100).size(), 1U);
}

TEST(FrameReader, ReadsFragmentedMessagesOneAfterTheOther) {
  const auto message = MessageOf(kMiB + 1);
  FrameReader reader;
  for (int i = 0; i < 2; ++i) {
    const auto messages = Feed(reader, Frame(message), kMiB / 2);
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_TRUE(messages.front().payload == message.SerializeAsString());
  }
}

struct Malformed {
  const char* name;
  std::string stream;
  const char* reason;
};

class MalformedStream : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedStream, IsRefused) {
  FrameReader reader(3 * kMiB);
  EXPECT_THAT([&] { Feed(reader, GetParam().stream, 1 << 20); },
              ThrowsMessage<ProtocolError>(HasSubstr(GetParam().reason)));
}

INSTANTIATE_TEST_SUITE_P(
    Each, MalformedStream,
    ::testing::Values(
        Malformed{"Http", "GET / HTTP/1.1\r\n", "magic"},
        Malformed{"MagicAlone", std::string(1, '\x16'), "magic"},
        Malformed{"SecondFrame", Frame(PingRequest(1)) + "x", "magic"},
        Malformed{"UnknownFlag", Header(0x53, 2, 0, 0), "flags"},
        Malformed{"Reserved", Header(0x53, 0, 0x100, 0), "reserved"},
        Malformed{"FrameTooLong", Header(0x53, 0, 0, kMiB + 1), "limit of 1048576"},
        Malformed{"FrameFarTooLong", Header(0x53, 1, 0, 0xffffffff), "limit of 1048576"},
        Malformed{"EmptyFragment", Header(0x53, 1, 0, 0), "empty"},
        Malformed{"MessageTooLong", Frame(MessageOf(3 * kMiB + 1)), "limit of 3145728"},
        Malformed{"ForeignFragment",
                  Header(0x53, 1, 0, 1, 1) + "x" + Header(0x53, 0, 0, 1, 2) + "y", "session"}),
    [](const auto& test) { return test.param.name; });

TEST(FrameReader, TakesAMessageThatIsExactlyAsLongAsTheLimit) {
  FrameReader reader(3 * kMiB);
  EXPECT_EQ(Feed(reader, Frame(MessageOf(3 * kMiB)), 1 << 20).size(), 1U);
}

TEST(FrameReader, RefusesALongFrameBeforeItsPayloadArrives) {
  FrameReader reader(1000);
  EXPECT_THAT([&] { Feed(reader, Header(0x53, 0, 0, 1001), 100); },
              ThrowsMessage<ProtocolError>(HasSubstr("limit of 1000")));
  reader = FrameReader(1000);
  reader.set_max_message_bytes(2000);
  EXPECT_TRUE(Feed(reader, Header(0x53, 0, 0, 1001), 100).empty());
}

TEST(FrameReader, WaitsForATruncatedFrame) {
  const std::string stream = Frame(PingRequest(1));
  for (std::size_t size = 0; size < stream.size(); ++size) {
    FrameReader reader;
    EXPECT_TRUE(Feed(reader, std::string_view(stream).substr(0, size), 100).empty());
    EXPECT_EQ(reader.in_message(), size != 0);
  }
}

// Whatever arrives, the reader delivers, waits or refuses; a sanitizer sees what else it might do.
TEST(FrameReader, SurvivesGarbage) {
  std::mt19937 random(20240131);
  const std::string valid = Frame(PingRequest(1)) + Header(0x53, 1, 0, 3) + "abc" +
                            Header(0x53, 0, 0, 2) + "de" + Frame(PingRequest(1 << 20));
  int refused = 0;
  int delivered = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string stream = valid;
    const int changes = static_cast<int>(random() % 4);
    for (int i = 0; i < changes; ++i)
      stream[random() % stream.size()] = static_cast<char>(random());
    FrameReader reader(4096);
    try {
      delivered += static_cast<int>(Feed(reader, stream, 1 + random() % 20).size());
    } catch (const ProtocolError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(delivered, 1000);
}

}  // namespace
}  // namespace sluice::wire
