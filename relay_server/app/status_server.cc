#include "relay_server/app/status_server.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Timespan.h>

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::relay::app {
namespace {

using Poco::Net::HTTPResponse;
using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;
using Page = StatusServer::Page;

constexpr int kMinThreads = 2;
constexpr int kMaxThreads = 4;
constexpr int kMaxQueued = 64;  // connections beyond are closed
// A client that says nothing holds a thread for this long. One that says little at a time holds it
// until others come: see Doorkeeper.
constexpr int kReceiveTimeoutSeconds = 5;

struct Route {
  std::string_view path;
  Page (*answer)(StatusServer& server);
};

constexpr std::array<Route, 4> kRoutes{{
    {"/", [](StatusServer& server) { return server.Overview(); }},
    {"/metrics", [](StatusServer& server) { return server.Metrics(); }},
    {"/healthz", [](StatusServer& server) { return server.Health(); }},
    {"/readyz", [](StatusServer& server) { return server.Ready(); }},
}};

Page AnswerTo(const HTTPServerRequest& request, StatusServer& server) {
  const std::string& uri = request.getURI();
  const std::string_view path = std::string_view(uri).substr(0, uri.find('?'));
  const std::string& method = request.getMethod();
  if (method != HTTPServerRequest::HTTP_GET && method != HTTPServerRequest::HTTP_HEAD) {
    return {HTTPResponse::HTTP_METHOD_NOT_ALLOWED, Page().content_type, "GET or HEAD\n"};
  }
  for (const auto& route : kRoutes) {
    if (route.path == path) return route.answer(server);
  }
  return {HTTPResponse::HTTP_NOT_FOUND, Page().content_type,
          "there are /, /metrics, /healthz and /readyz\n"};
}

class Handler : public Poco::Net::HTTPRequestHandler {
 public:
  explicit Handler(StatusServer& server) : server_(server) {}

  void handleRequest(HTTPServerRequest& request, HTTPServerResponse& response) override {
    const Page page = AnswerTo(request, server_);
    response.setStatusAndReason(static_cast<HTTPResponse::HTTPStatus>(page.status));
    response.setContentType(page.content_type);
    response.set("Cache-Control", "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    if (page.status == HTTPResponse::HTTP_METHOD_NOT_ALLOWED) response.set("Allow", "GET, HEAD");
    if (request.getMethod() == HTTPServerRequest::HTTP_HEAD) {
      response.setContentLength64(static_cast<Poco::Int64>(page.body.size()));
      response.send();
    } else {
      response.sendBuffer(page.body.data(), page.body.size());
    }
  }

 private:
  StatusServer& server_;
};

class HandlerFactory : public Poco::Net::HTTPRequestHandlerFactory {
 public:
  explicit HandlerFactory(StatusServer& server) : server_(server) {}
  Poco::Net::HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override {
    return new Handler(server_);  // owned by the caller, as Poco has it
  }

 private:
  StatusServer& server_;
};

// Sees every connection before it waits for a thread, and ends those that have been served for too
// long already: a few slow clients must not keep everyone else from asking. Used by the thread that
// accepts.
class Doorkeeper : public Poco::Net::TCPServerConnectionFilter {
 public:
  explicit Doorkeeper(std::chrono::milliseconds patience) : patience_(patience) {}

  bool accept(const Poco::Net::StreamSocket& socket) override {
    const auto now = wire::Clock::now();
    std::erase_if(inside_, [&](Guest& guest) {
      constexpr int kOwnReference = 1;
      if (guest.socket.impl()->referenceCount() == kOwnReference) return true;  // has been served
      if (now - guest.since < patience_) return false;
      try {
        guest.socket.shutdown();
      } catch (const Poco::Exception&) {
        // It has gone by itself.
      }
      return true;
    });
    inside_.push_back({socket, now});
    return true;
  }

 private:
  struct Guest {
    Poco::Net::StreamSocket socket;
    wire::Clock::time_point since;
  };
  const std::chrono::milliseconds patience_;
  std::vector<Guest> inside_;
};

Poco::Net::HTTPServerParams::Ptr MakeParameters() {
  Poco::Net::HTTPServerParams::Ptr parameters(new Poco::Net::HTTPServerParams);
  parameters->setMaxThreads(kMaxThreads);
  parameters->setMaxQueued(kMaxQueued);
  parameters->setTimeout(Poco::Timespan(kReceiveTimeoutSeconds, 0));
  // A scraper that keeps its connection would keep a thread.
  parameters->setKeepAlive(false);
  return parameters;
}

// Binds; returns the port.
std::uint16_t Bind(const net::ListenAddress& address, Poco::Net::ServerSocket& socket) {
  try {
    const Poco::Net::SocketAddress wanted(address.host, address.port);
    constexpr bool kReuseAddress = true;
    constexpr bool kReusePort = false;
    if (wanted.family() == Poco::Net::SocketAddress::IPv6) {
      socket.bind6(wanted, kReuseAddress, kReusePort, false);
    } else {
      socket.bind(wanted, kReuseAddress, kReusePort);
    }
    socket.listen(kMaxQueued);
    return socket.address().port();
  } catch (const Poco::Exception& error) {
    throw std::runtime_error("cannot listen on " + address.text() + ": " + error.displayText());
  }
}

}  // namespace

StatusServer::StatusServer(net::ListenAddress address, const net::Server& server,
                           std::chrono::milliseconds patience)
    : address_(std::move(address)), server_(server), threads_("status", kMinThreads, kMaxThreads) {
  address_.port = Bind(address_, socket_);
  http_ = std::make_unique<Poco::Net::HTTPServer>(
      Poco::Net::HTTPRequestHandlerFactory::Ptr(new HandlerFactory(*this)), threads_, socket_,
      MakeParameters());
  http_->setConnectionFilter(
      Poco::Net::TCPServerConnectionFilter::Ptr(new Doorkeeper(patience)));  // Poco owns it
}

StatusServer::~StatusServer() { Stop(); }

void StatusServer::Start() { http_->start(); }

void StatusServer::Stop() {
  if (!http_) return;
  http_->stopAll(true);
  threads_.joinAll();
  http_.reset();
  socket_.close();
}

StatusReport StatusServer::Report() const {
  StatusReport report = TakeReport(server_);
  report.draining = draining_;
  report.uptime =
      std::chrono::duration_cast<std::chrono::seconds>(wire::Clock::now() - started_at_);
  return report;
}

Page StatusServer::Metrics() const {
  return {HTTPResponse::HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", MetricsText(Report())};
}

Page StatusServer::Overview() const {
  return {HTTPResponse::HTTP_OK, "text/html; charset=utf-8", StatusPage(Report())};
}

Page StatusServer::Health() const { return {HTTPResponse::HTTP_OK, Page().content_type, "ok\n"}; }

Page StatusServer::Ready() {
  if (draining_) {
    return {HTTPResponse::HTTP_SERVICE_UNAVAILABLE, Page().content_type, "draining\n"};
  }
  std::string obstacles = readiness_.Check(*server_.directory());
  if (obstacles.empty()) return {HTTPResponse::HTTP_OK, Page().content_type, "ready\n"};
  return {HTTPResponse::HTTP_SERVICE_UNAVAILABLE, Page().content_type, std::move(obstacles)};
}

}  // namespace sluice::relay::app
