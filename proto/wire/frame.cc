#include "proto/wire/frame.h"
