#include "messages/supervision.hpp"
