#include "relay_server/session/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace sluice::relay::session {

SpoolFile OpenSpoolFile() {
#ifdef O_TMPFILE
  const int unnamed = ::open(P_tmpdir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) {
    SpoolFile file(::fdopen(unnamed, "w+"));
    if (file == nullptr) ::close(unnamed);
    return file;
  }
#endif
  SpoolFile file(std::tmpfile());  // where the file system knows no unnamed files
  if (file != nullptr) ::fcntl(::fileno(file.get()), F_SETFD, FD_CLOEXEC);
  return file;
}

}  // namespace sluice::relay::session
