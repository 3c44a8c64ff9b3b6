#include "proto/values/datetime.h"
