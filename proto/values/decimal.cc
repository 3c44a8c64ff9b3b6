#include "proto/values/decimal.h"
