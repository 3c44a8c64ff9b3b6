#include "proto/wire/message_channel.h"
