#include "relay_server/backend/resolver/host_resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <thread>
#include <utility>

namespace sluice::relay::backend {
namespace {

bool IsNumeric(const std::string& host) {
  in6_addr address{};
  // An IPv6 address may have a zone, which inet_pton does not take.
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || host.find(':') != std::string::npos;
}

}  // namespace

HostResolver::HostResolver(std::string host, LookUp look_up)
    : host_(std::move(host)),
      look_up_(std::move(look_up)),
      needs_no_lookup_(host_.empty() || host_.starts_with('/') || IsNumeric(host_)) {}

HostResolver::Answer HostResolver::Resolve(wire::Deadline deadline) const {
  if (needs_no_lookup_) return {.addresses = {host_}, .error = {}};
  std::unique_lock lock(state_->mutex);
  const auto seen = state_->number;
  if (!std::exchange(state_->is_asking, true)) {
    try {
      Ask();
    } catch (const std::system_error& error) {
      state_->is_asking = false;
      return {.addresses = {}, .error = error.what()};
    }
  }
  const bool came =
      state_->answered.wait_until(lock, deadline, [&] { return state_->number != seen; });
  if (came) return *state_->answer;
  return {.addresses = {}, .error = "the name server has not answered in time"};
}

void HostResolver::Ask() const {
  std::thread([state = state_, look_up = look_up_, host = host_] {
    auto answer = std::make_shared<Answer>(look_up(host));
    const std::lock_guard lock(state->mutex);
    state->answer = std::move(answer);
    ++state->number;
    state->is_asking = false;
    state->answered.notify_all();
  }).detach();
}

HostResolver::Answer HostResolver::LookUpHost(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failed != 0) return {.addresses = {}, .error = ::gai_strerror(failed)};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  Answer answer;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) != 0) {
      continue;
    }
    const std::string address = text.data();
    const bool is_new = std::ranges::find(answer.addresses, address) == answer.addresses.end();
    if (is_new) answer.addresses.push_back(address);
  }
  if (answer.addresses.empty()) answer.error = "it has no address";
  return answer;
}

}  // namespace sluice::relay::backend
