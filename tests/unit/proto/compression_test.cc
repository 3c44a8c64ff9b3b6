#include "proto/wire/compression.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "proto/wire/frame.h"
#include "proto/wire/link_rate.h"
#include "sluice/v1/session.pb.h"

namespace sluice::wire {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::string Noise(std::size_t bytes) {
  std::mt19937 random(42);
  std::string noise(bytes, '\0');
  for (char& c : noise) c = static_cast<char>(random());
  return noise;
}

v1::ColumnData MessageOf(const std::string& octets) {
  v1::ColumnData message;
  message.set_values(octets);
  return message;
}

std::string FramesOf(const v1::ColumnData& message, PayloadCompressor& compressor) {
  std::string frames;
  AppendMessage(message, {.session_id = 7, .compressor = &compressor}, frames);
  return frames;
}

std::string Compressed(const std::string& payload) {
  std::string out(payload.size(), '\0');
  PayloadCompressor compressor;
  out.resize(compressor.Compress(payload, out.data()));
  EXPECT_FALSE(out.empty());
  return out;
}

std::string FrameOf(std::string_view payload, int flags) {
  std::string frame = {'\x53', static_cast<char>(flags), '\0', '\0'};
  const auto length = static_cast<std::uint32_t>(payload.size());
  frame.append(reinterpret_cast<const char*>(&length), sizeof length);
  frame.append("\7\0\0\0", 4);
  return frame.append(payload);
}

std::string PayloadOf(const FrameReader::Message& message) {
  std::string payload(message.payload);
  for (const auto part : message.parts) payload += part;
  return payload;
}

struct Received {
  std::string payload;
  bool asks_for_compressed;
};

// What a reader makes of the stream; throws ProtocolError.
std::vector<Received> Read(FrameReader& reader, std::string_view stream) {
  std::vector<Received> messages;
  while (!stream.empty()) {
    const auto space = reader.Prepare();
    const std::size_t count = std::min(space.size(), stream.size());
    std::memcpy(space.data(), stream.data(), count);
    reader.Commit(count);
    stream.remove_prefix(count);
    while (const auto message = reader.Next()) {
      messages.push_back({PayloadOf(*message), message->asks_for_compressed});
    }
  }
  return messages;
}

std::vector<Received> ReadCompressed(std::string_view stream,
                                     std::size_t max_message_bytes = kDefaultMaxMessageBytes) {
  FrameReader reader(max_message_bytes);
  reader.set_accepts_compressed(true);
  return Read(reader, stream);
}

TEST(Compression, MessagesOfAnyLengthComeBack) {
  for (const std::size_t bytes :
       {std::size_t{1}, kMinCompressedPayload, 100 * 1024 + kMiB, kMiB - 5, kMiB, 3 * kMiB + 17}) {
    for (const bool noisy : {false, true}) {
      const v1::ColumnData sent = MessageOf(noisy ? Noise(bytes) : std::string(bytes, 'x'));
      PayloadCompressor compressor;
      const std::string frames = FramesOf(sent, compressor);
      if (!noisy && bytes >= kMinCompressedPayload) {
        EXPECT_LT(frames.size(), bytes / 20);
      }
      EXPECT_LE(frames.size(), bytes + 100);
      const auto received = ReadCompressed(frames);
      ASSERT_EQ(received.size(), 1U);
      EXPECT_EQ(received[0].payload, sent.SerializeAsString());
    }
  }
}

TEST(Compression, FramesFollowWhatIsThereAlready) {
  PayloadCompressor compressor;
  std::string frames = FramesOf(MessageOf(std::string(2 * kMiB, 'a')), compressor);
  AppendMessage(MessageOf(Noise(kMiB + 50)), {.session_id = 7, .compressor = &compressor}, frames);
  AppendMessage(MessageOf(std::string(9000, 'b')), {.session_id = 7, .compressor = &compressor},
                frames);
  EXPECT_EQ(ReadCompressed(frames).size(), 3U);
}

// docs/protocol.md, "Compression".
TEST(Compression, TheDocumentedOctetsAreRead) {
  const std::string_view payload(
      "\x28\xb5\x2f\xfd\x20\x2a\x4d\x00\x00\x18\x1a\x28\x61\x01\x00"
      "\x4a\x30\x04",
      18);
  const auto messages = ReadCompressed(FrameOf(payload, kFlagCompressed));
  ASSERT_EQ(messages.size(), 1U);
  v1::Diagnostic diagnostic;
  diagnostic.set_message(std::string(40, 'a'));
  EXPECT_EQ(messages[0].payload, diagnostic.SerializeAsString());
}

TEST(Compression, AFrameSaysWhetherItIsCompressed) {
  PayloadCompressor compressor;
  EXPECT_EQ(FramesOf(MessageOf("short"), compressor)[1], 0);
  EXPECT_EQ(FramesOf(MessageOf(std::string(5000, 'x')), compressor)[1], kFlagCompressed);
  EXPECT_EQ(FramesOf(MessageOf(Noise(5000)), compressor)[1], 0);
}

TEST(Compression, IsAskedForByAFlagOfItsOwn) {
  std::string frames;
  AppendMessage(MessageOf("short"), {.session_id = 7, .asks_for_compressed = true}, frames);
  EXPECT_EQ(frames[1], kFlagAsksForCompressed);
  AppendMessage(MessageOf(Noise(2 * kMiB)), {.session_id = 7, .asks_for_compressed = true}, frames);
  AppendMessage(MessageOf("short"), {.session_id = 7}, frames);
  const auto messages = ReadCompressed(frames);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_TRUE(messages[0].asks_for_compressed);
  EXPECT_TRUE(messages[1].asks_for_compressed);
  EXPECT_FALSE(messages[2].asks_for_compressed);
}

TEST(Compression, IsNotTriedForLongOnWhatDoesNotGetSmaller) {
  PayloadCompressor compressor;
  const std::string noise = Noise(8192);
  std::string out(8192, '\0');
  for (int i = 0; i < 50; ++i) EXPECT_EQ(compressor.Compress(noise, out.data()), 0U);
  const std::string text(8192, 'x');
  int tries = 0;
  while (compressor.Compress(text, out.data()) == 0) ASSERT_LT(++tries, 20);
  EXPECT_NE(compressor.Compress(text, out.data()), 0U);
}

TEST(Compression, IsRefusedByAReaderThatHasNotAgreed) {
  PayloadCompressor compressor;
  FrameReader reader;
  EXPECT_THROW(Read(reader, FramesOf(MessageOf(std::string(5000, 'x')), compressor)),
               ProtocolError);
  FrameReader other;
  EXPECT_THROW(Read(other, FrameOf("", kFlagAsksForCompressed)), ProtocolError);
}

// A zstd frame of a few octets that says it becomes 64 MiB.
TEST(Compression, APayloadThatBecomesLongerThanAFrameIsRefused) {
  const std::string_view bomb("\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x04\x02\x00\x01\x61", 13);
  EXPECT_THROW(ReadCompressed(FrameOf(bomb, kFlagCompressed)), ProtocolError);
}

TEST(Compression, TheLimitOfAMessageHoldsForWhatItBecomes) {
  const std::string fragment = Compressed(std::string(kMiB, '\0'));
  std::string stream;
  for (int i = 0; i < 4; ++i) {
    stream += FrameOf(fragment, kFlagCompressed | kFlagMoreFragments);
  }
  EXPECT_TRUE(ReadCompressed(stream, 4 * kMiB).empty());
  EXPECT_THROW(ReadCompressed(stream + FrameOf(fragment, kFlagCompressed), 4 * kMiB),
               ProtocolError);
}

TEST(Compression, MalformedPayloadsAreRefused) {
  const std::string good = Compressed(std::string(5000, 'x') + Noise(300));
  std::vector<std::string> bad = {"", "x", std::string(100, '\0'), good.substr(0, good.size() - 1),
                                  good + "x"};
  // A frame without its content's size, and one whose content is shorter than it says.
  bad.emplace_back("\x28\xb5\x2f\xfd\x00\x58\x09\x00\x00\x61", 10);
  bad.emplace_back("\x28\xb5\x2f\xfd\x20\x05\x09\x00\x00\x61", 10);
  for (const std::string& payload : bad) {
    EXPECT_THROW(ReadCompressed(FrameOf(payload, kFlagCompressed)), ProtocolError)
        << payload.size();
  }
}

TEST(Compression, SurvivesDamage) {
  PayloadCompressor compressor;
  const std::string good = FramesOf(MessageOf(std::string(30'000, 'x') + Noise(2000)), compressor);
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = good;
    for (int hits = 0; hits < 3; ++hits) {
      damaged[12 + random() % (damaged.size() - 12)] = static_cast<char>(random());
    }
    try {
      for (const auto& message : ReadCompressed(damaged)) {
        EXPECT_LE(message.payload.size(), kMaxFramePayload);
      }
    } catch (const ProtocolError&) {
      // As it should be; what is not noticed here is noticed by those who read the message.
    }
  }
}

// ---- when to compress ----

class Rate : public ::testing::Test {
 protected:
  // A wait inside of a message, in which so many octets came.
  void Sample(std::size_t octets, std::chrono::microseconds duration) {
    rate_.BeginWait(now_);
    rate_.Move(octets);
    now_ += duration;
    rate_.End(now_);
  }
  void SampleSlow() { Sample(100'000, std::chrono::milliseconds(8)); }    // 100 Mbit/s
  void SampleFast() { Sample(100'000, std::chrono::microseconds(200)); }  // 4 Gbit/s

  LinkRate rate_;
  Clock::time_point now_ = Clock::now();
};

TEST_F(Rate, IsWhatItIsTakenForUntilItHasBeenMeasured) {
  EXPECT_FALSE(rate_.is_slow());
  rate_.Assume(true);
  EXPECT_TRUE(rate_.is_slow());
  SampleFast();
  EXPECT_TRUE(rate_.is_slow());
  rate_.Assume(false);
  SampleFast();
  SampleFast();
  EXPECT_FALSE(rate_.is_slow());
  rate_.Assume(true);
  EXPECT_FALSE(rate_.is_slow());
}

TEST_F(Rate, IsThatOfTheFastestMessageOfLate) {
  for (int i = 0; i < 8; ++i) SampleSlow();
  EXPECT_TRUE(rate_.is_slow());
  SampleFast();
  for (int i = 0; i < 7; ++i) SampleSlow();
  EXPECT_FALSE(rate_.is_slow());
  SampleSlow();
  EXPECT_TRUE(rate_.is_slow());
}

TEST_F(Rate, TakesNoNoticeOfShortMessagesNorOfWaitsThatWereGivenUp) {
  for (int i = 0; i < 8; ++i) Sample(1000, std::chrono::milliseconds(50));
  EXPECT_FALSE(rate_.is_slow());
  for (int i = 0; i < 8; ++i) {
    rate_.BeginWait(now_);
    rate_.Move(100'000);
    rate_.GiveUp();
    now_ += std::chrono::seconds(1);
    rate_.End(now_);
  }
  EXPECT_FALSE(rate_.is_slow());
}

}  // namespace
}  // namespace sluice::wire
