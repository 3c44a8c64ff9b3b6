#include "odbc_driver/client/stream.h"

#include <unistd.h>

namespace sluice::driver::client {

void AbandonInherited(Stream stream) {
  if (stream.channel == nullptr) return;
  const int descriptor = static_cast<int>(stream.socket.impl()->sockfd());
  // The objects would say good-bye to the peer when destroyed: leave them alone.
  static_cast<void>(stream.channel.release());
  static_cast<void>(new Poco::Net::StreamSocket(stream.socket));
  ::close(descriptor);
}

}  // namespace sluice::driver::client
