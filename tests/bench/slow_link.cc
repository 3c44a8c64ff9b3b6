// A slow network on one host: forwards TCP connections and delays what they carry.
//
//   slow_link --rtt-ms 20 [--mbit 100] HOST:PORT ...
//
// Prints a line "HOST:PORT LISTEN_PORT" for each, then forwards until it is killed. Octets take
// half of the round-trip time from one end to the other, however many are under way; with --mbit,
// each direction of a forward has that bandwidth, which its connections share. A connection takes
// its round trip too: what a client sends first arrives one and a half of them after it has
// connected.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <iostream>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;
using Time = Clock::time_point;

constexpr std::size_t kChunkBytes = std::size_t{16} << 10;
// What a direction holds beyond what its bandwidth has under way: a router's queue.
constexpr std::size_t kQueueBytes = std::size_t{256} << 10;
constexpr std::size_t kUnlimitedQueueBytes = std::size_t{16} << 20;

struct Network {
  Duration one_way{};
  double bytes_per_second = 0;  // 0: no limit

  std::size_t queue_bytes() const {
    if (bytes_per_second == 0) return kUnlimitedQueueBytes;
    const double seconds = std::chrono::duration<double>(one_way).count();
    return kQueueBytes + static_cast<std::size_t>(bytes_per_second * seconds);
  }
};

// One direction of a forward.
struct Line {
  Time free_at{};

  // When octets that are ready now have arrived.
  Time Transmit(const Network& network, std::size_t bytes, Time now) {
    free_at = std::max(free_at, now);
    if (network.bytes_per_second != 0) {
      free_at += std::chrono::duration_cast<Duration>(
          std::chrono::duration<double>(static_cast<double>(bytes) / network.bytes_per_second));
    }
    return free_at + network.one_way;
  }
};

struct Chunk {
  Time due;
  std::string octets;  // none: the end of the stream
};

// What is under way from one socket to another.
struct Flow {
  Line* line = nullptr;
  std::deque<Chunk> chunks;
  std::size_t queued = 0;
  bool read_to_end = false;
  bool finished = false;

  bool WantsToRead(const Network& network) const {
    return !read_to_end && queued < network.queue_bytes();
  }
  bool IsDue(Time now) const { return !chunks.empty() && chunks.front().due <= now; }
};

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void Reset(int fd) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

int MakeSocket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
  return fd;
}

void SetNoDelay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

struct Forward {
  explicit Forward(const std::string& target) : name(target), listener(MakeSocket()) {
    const auto colon = target.rfind(':');
    address.sin_family = AF_INET;
    if (colon == std::string::npos ||
        inet_pton(AF_INET, target.substr(0, colon).c_str(), &address.sin_addr) != 1) {
      throw std::runtime_error("HOST:PORT with an IPv4 address is expected: " + target);
    }
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(target.substr(colon + 1))));
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof any;
    if (bind(listener.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) != 0 ||
        listen(listener.get(), 1024) != 0 ||
        getsockname(listener.get(), reinterpret_cast<sockaddr*>(&any), &length) != 0) {
      throw std::runtime_error(std::string("listen: ") + std::strerror(errno));
    }
    port = ntohs(any.sin_port);
  }

  std::string name;
  sockaddr_in address{};
  Descriptor listener;
  int port = 0;
  Line up;
  Line down;
};

struct Connection {
  Connection(Forward& owner, int accepted, Time established)
      : forward(owner), client(accepted), server_from(established) {
    to_server.line = &owner.up;
    to_client.line = &owner.down;
    SetNoDelay(accepted);
  }

  // The last packet of the client's connecting has reached the server.
  bool ConnectServer() {
    const int fd = MakeSocket();
    server.Reset(fd);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&forward.address), sizeof forward.address) !=
        0) {
      return false;
    }
    SetNoDelay(fd);
    return true;
  }

  Forward& forward;
  Descriptor client;
  Descriptor server;
  Time server_from;  // the server can be talked to
  Flow to_server;
  Flow to_client;
  bool broken = false;

  bool over() const { return broken || (to_server.finished && to_client.finished); }
};

class SlowLink {
 public:
  explicit SlowLink(const Network& network) : network_(network) {}

  void Add(const std::string& target) {
    forwards_.push_back(std::make_unique<Forward>(target));
    std::printf("%s %d\n", target.c_str(), forwards_.back()->port);
    std::fflush(stdout);
  }

  [[noreturn]] void Run() {
    for (;;) {
      Wait();
      const Time now = Clock::now();
      AcceptAll(now);
      for (auto& connection : connections_) Serve(connection, now);
      connections_.remove_if([](const Connection& connection) { return connection.over(); });
    }
  }

 private:
  void Wait() {
    polled_.clear();
    std::optional<Time> next;
    const auto note = [&next](Time time) { next = next ? std::min(*next, time) : time; };
    const Time now = Clock::now();
    for (const auto& forward : forwards_) polled_.push_back({forward->listener.get(), POLLIN, 0});
    for (const auto& connection : connections_) {
      if (connection.server.get() < 0) note(connection.server_from);
      AddEvents(connection.client.get(), connection.to_server, connection.to_client, now, note);
      if (connection.server.get() < 0) continue;
      AddEvents(connection.server.get(), connection.to_client, connection.to_server, now, note);
    }
    timespec timeout{};
    if (next) {
      const auto left = std::max(Duration::zero(), *next - now);
      timeout.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
      timeout.tv_nsec = (left % std::chrono::seconds(1)).count();
    }
    ppoll(polled_.data(), polled_.size(), next ? &timeout : nullptr, nullptr);
  }

  template <typename Note>
  void AddEvents(int fd, const Flow& from, const Flow& to, Time now, const Note& note) {
    short events = 0;
    if (from.WantsToRead(network_)) events |= POLLIN;
    if (to.IsDue(now)) events |= POLLOUT;
    if (events != 0) polled_.push_back({fd, events, 0});
    if (!to.chunks.empty() && !to.IsDue(now)) note(to.chunks.front().due);
  }

  void AcceptAll(Time now) {
    for (std::size_t i = 0; i < forwards_.size(); ++i) {
      if ((polled_[i].revents & POLLIN) == 0) continue;
      const int fd = accept(forwards_[i]->listener.get(), nullptr, nullptr);
      if (fd >= 0) connections_.emplace_back(*forwards_[i], fd, now + 3 * network_.one_way);
    }
  }

  void Serve(Connection& connection, Time now) {
    if (connection.server.get() < 0 && connection.server_from <= now) {
      connection.broken = !connection.ConnectServer();
      if (connection.broken) return;
    }
    Read(connection, connection.client.get(), connection.to_server, now);
    if (connection.server.get() < 0) return;
    Read(connection, connection.server.get(), connection.to_client, now);
    Write(connection, connection.server.get(), connection.to_server);
    Write(connection, connection.client.get(), connection.to_client);
  }

  void Read(Connection& connection, int fd, Flow& flow, Time now) {
    char buffer[kChunkBytes];
    while (flow.WantsToRead(network_)) {
      const ssize_t got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (got < 0) {
        connection.broken |= errno != EAGAIN && errno != EINTR;
        return;
      }
      const auto bytes = static_cast<std::size_t>(got);
      flow.read_to_end = bytes == 0;
      const Time due = flow.line->Transmit(network_, bytes, now);
      flow.chunks.push_back({std::max(due, connection.server_from), {buffer, bytes}});
      flow.queued += bytes;
    }
  }

  static void Write(Connection& connection, int fd, Flow& flow) {
    const Time now = Clock::now();
    while (flow.IsDue(now)) {
      Chunk& chunk = flow.chunks.front();
      if (chunk.octets.empty()) {
        shutdown(fd, SHUT_WR);
        flow.finished = true;
        flow.chunks.pop_front();
        return;
      }
      const ssize_t sent =
          send(fd, chunk.octets.data(), chunk.octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0) {
        connection.broken |= errno != EAGAIN && errno != EINTR;
        return;
      }
      flow.queued -= static_cast<std::size_t>(sent);
      chunk.octets.erase(0, static_cast<std::size_t>(sent));
      if (!chunk.octets.empty()) return;
      flow.chunks.pop_front();
    }
  }

  const Network network_;
  std::vector<std::unique_ptr<Forward>> forwards_;
  std::list<Connection> connections_;
  std::vector<pollfd> polled_;
};

}  // namespace

int main(int argc, char** argv) {
  Network network;
  std::vector<std::string> targets;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--rtt-ms" && i + 1 < argc) {
      network.one_way = std::chrono::microseconds(std::stol(argv[++i]) * 500);
    } else if (word == "--mbit" && i + 1 < argc) {
      network.bytes_per_second = std::stod(argv[++i]) * 1e6 / 8;
    } else {
      targets.push_back(word);
    }
  }
  try {
    SlowLink link(network);
    for (const auto& target : targets) link.Add(target);
    link.Run();
  } catch (const std::exception& error) {
    std::cerr << "slow_link: " << error.what() << '\n';
    return 1;
  }
}
