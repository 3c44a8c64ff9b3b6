#pragma once

#include <utility>

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocket.h>

// Connected sockets for tests of both sides of a stream.

struct SocketPair {
  Poco::Net::StreamSocket client;
  Poco::Net::StreamSocket server;
};

// Over TCP on the loopback device.
SocketPair ConnectTcp();

// The same with TLS, the handshake done, and a certificate that is made for the test. Poco may be
// told that the sockets below TLS are non-blocking from now on.
SocketPair ConnectTls(bool transport_is_blocking = false);
