#pragma once

#include <string_view>

namespace sluice::driver::platform {

// The file name of the driver's library (SQL_DRIVER_NAME).
#ifdef _WIN32
inline constexpr std::string_view kDriverFileName = "sluiceodbc.dll";
#else
inline constexpr std::string_view kDriverFileName = "libsluiceodbc.so";
#endif

}  // namespace sluice::driver::platform
